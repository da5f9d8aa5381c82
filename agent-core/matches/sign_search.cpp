#include "matches/sign_search.h"

#include <algorithm>
#include <utility>

#include "signatures/literals.h"

namespace cmgmon::matches {

bool SignSearch::wish(const RecoveryWish& wish, const Telltales* telltales) {
  const auto& recovering = plan_->recovering;
  RecoverySet wanted = 0;
  for (std::size_t i = 0; i < recovering.size(); ++i) {
    if (wish(*recovering[i], std::nullopt)) {
      wanted |= Plan::Compiled::place_in_set(i);
    }
  }
  const bool other = std::exchange(wanted_, wanted) != wanted;
  if (telltales == nullptr ? other : note_telltales(*telltales) || other) {
    way_ = kBySigns;
    is_new_ = true;
    vain_ = 0;
    bytes_for_ = {};
    return true;
  }
  return false;
}

// True when they are others than before.
bool SignSearch::note_telltales(const Telltales& telltales) {
  // The last place in a set may be of several signatures.
  const std::size_t places = std::min<std::size_t>(plan_->recovering.size(), 63);
  RecoverySet told = 0;
  std::size_t count = 0;
  bool equal = true;
  const auto each = [&](const auto& use) {
    for (std::size_t i = 0; i < places; ++i) {
      const RecoverySet place = Plan::Compiled::place_in_set(i);
      if ((wanted_ & place) == 0) {
        continue;
      }
      const std::vector<std::string>* texts = telltales(*plan_->recovering[i]);
      if (texts != nullptr && std::all_of(texts->begin(), texts->end(), [](const auto& text) {
            return text.size() >= signatures::kMinLiteralBytes;
          })) {
        use(place, *texts);
      }
    }
  };
  each([&](RecoverySet place, const std::vector<std::string>& texts) {
    told |= place;
    for (const std::string& text : texts) {
      equal = equal && count < telltales_.size() && telltales_[count] == text;
      ++count;
    }
  });
  if (equal && count == telltales_.size() && told == told_) {
    return false;
  }
  told_ = told;
  telltales_.clear();
  each([&](RecoverySet, const std::vector<std::string>& texts) {
    telltales_.insert(telltales_.end(), texts.begin(), texts.end());
  });
  return true;
}

LiteralScanner& SignSearch::scanner(const records::Framer& framer) {
  Plan::Compiled::Search search{&plan_->announcements(framer.columns()), wanted_,
                                framer.format() == records::Format::kSiteServer,
                                form_in(framer.encoding())};
  if (told_ != 0) {
    Plan::Compiled::Search by_telltales = search;
    by_telltales.wanted &= ~told_;
    by_telltales.telltales = telltales_;
    if (std::exchange(is_new_, false) && plan_->has_scanner(by_telltales)) {
      way_ = kByTelltales;
    }
    if (way_ == kByTelltales) {
      return plan_->scanner_for(by_telltales);
    }
  }
  return plan_->scanner_for(search);
}

void SignSearch::in_vain(std::uint64_t position) {
  if (vain_++ == 0) {
    since_ = position;
  }
  if (vain_ < kMostInVain) {
    return;
  }
  vain_ = 0;
  bytes_for_[way_] = std::max<std::uint64_t>(position - std::min(since_, position), 1);
  const Way other = way_ == kBySigns ? kByTelltales : kBySigns;
  if (told_ != 0 && (bytes_for_[other] == 0 || bytes_for_[other] / 2 > bytes_for_[way_])) {
    way_ = other;
  }
}

}  // namespace cmgmon::matches
