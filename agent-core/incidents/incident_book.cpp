#include "incidents/incident_book.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "incidents/incident_book_impl.h"

namespace cmgmon::incidents {

IncidentBook::Impl::Impl(const signatures::SignatureSet& set, const BookOptions& options,
                         FactSource facts)
    : set_(set),
      options_(options),
      fact_source_(std::move(facts)),
      graph_(set),
      table_(set, graph_),
      cleared_(options.max_cleared),
      latest_(set.signatures.size()) {
  for (const signatures::Signature& signature : set.signatures) {
    longest_suppress_ = std::max(longest_suppress_, signature.suppress);
  }
}

// --- what comes in

void IncidentBook::Impl::apply(const matches::Match& match, const std::string& stream, bool backlog,
                               base::Time now) {
  now_ = now;
  ++counters_.matches;
  if (backlog && !backlog_streams_.contains(stream)) {
    forget_recoveries();
    backlog_streams_.insert(stream);
  }
  // What is over by the time of this match is over before it counts, however the log was cut into
  // reads.
  if (match.time) {
    run_log_clock(stream, *match.time, now);
  }
  const auto rule = graph_.rule_of(match);
  if (!rule) {
    return;
  }
  if (match.recovery != nullptr) {
    recover(match, *rule, stream);
  } else if (!set_.signatures[*rule].silenced) {
    fail(match, *rule, stream, backlog);
  }
}

// --- what comes out

std::vector<Transition> IncidentBook::Impl::take_transitions() {
  for (const std::uint64_t serial : std::exchange(updated_, {})) {
    Entry* entry = table_.at(serial);
    if (entry != nullptr) {
      if (entry->incident.state != State::kCleared) {
        write_text(*entry);
      }
      emit(TransitionKind::kUpdated, *entry, entry->steps);
    }
  }
  return std::exchange(transitions_, {});
}

// The incident as it would be told of now.
Incident IncidentBook::Impl::with_text(const Entry& entry) const {
  Incident incident = entry.incident;
  if (entry.stale_text && incident.state != State::kCleared) {
    const auto said = applicable(signature_of(entry), circumstances_of(incident.fields));
    Texts texts = texts_of(signature_of(entry), incident.fields, said);
    incident.cause = std::move(texts.cause);
    incident.resolution = std::move(texts.resolution);
  }
  return incident;
}

std::vector<Incident> IncidentBook::Impl::told_open() const {
  std::vector<Incident> open;
  for (const auto& [serial, entry] : table_.entries()) {
    if (entry.raised) {
      Incident& incident = open.emplace_back(with_text(entry));
      incident.state = State::kFiring;  // its clear may be held back
      incident.cleared_by = ClearedBy::kNone;
      incident.cleared_at.reset();
    }
  }
  return open;
}

std::vector<Incident> IncidentBook::Impl::incidents() const {
  std::vector<Incident> all;
  all.reserve(table_.size() + cleared_.all().size());
  for (const auto& [serial, entry] : table_.entries()) {
    all.push_back(with_text(entry));
  }
  for (const auto& [place, entry] : cleared_.all()) {
    all.push_back(entry.incident);
  }
  std::sort(all.begin(), all.end(), [](const Incident& a, const Incident& b) {
    const auto key = [](const Incident& incident) {
      return std::make_tuple(!incident.first_seen.has_value(), incident.first_seen,
                             std::string_view(incident.signature), std::cref(incident.group),
                             std::string_view(incident.episode));
    };
    return key(a) < key(b);
  });
  return all;
}

std::vector<IncidentBook::OpenCount> IncidentBook::Impl::open_counts() const {
  std::map<std::pair<std::size_t, signatures::Level>, OpenCount> counts;
  for (const auto& [serial, entry] : table_.entries()) {
    OpenCount& count = counts[{entry.rule, entry.incident.level}];
    if (entry.raised) {
      ++count.told;
    } else if (entry.incident.state == State::kFiring && !entry.silent) {
      ++count.folded;
    } else if (entry.incident.state != State::kCleared) {
      ++count.pending;
    }
  }
  std::vector<OpenCount> all;
  for (auto& [key, count] : counts) {
    count.signature = set_.signatures[key.first].name;
    count.level = key.second;
    count.event_id = set_.signatures[key.first].event_id;
    all.push_back(std::move(count));
  }
  return all;
}

IncidentBook::Counters IncidentBook::Impl::counters() const {
  Counters counters = counters_;
  counters.forgotten_cleared = cleared_.forgotten();
  return counters;
}

// --- the public face

IncidentBook::IncidentBook(const signatures::SignatureSet& set, BookOptions options,
                           FactSource facts)
    : impl_(std::make_unique<Impl>(set, options, std::move(facts))) {}

IncidentBook::~IncidentBook() = default;

void IncidentBook::apply(const matches::Match& match, std::string_view stream, bool backlog,
                         base::Time now) {
  impl_->apply(match, std::string(stream), backlog, now);
}

void IncidentBook::watermark(std::string_view stream, base::Time log_time, base::Time now) {
  impl_->run_log_clock(stream, log_time, now);
}

void IncidentBook::end_backlog(std::string_view stream, base::Time now) {
  impl_->end_backlog(std::string(stream), now);
}

void IncidentBook::catch_up(MayBeOver may_be_over) {
  impl_->catch_up(std::move(may_be_over));
}

void IncidentBook::caught_up(base::Time now) {
  impl_->caught_up(now);
}

void IncidentBook::advance(base::Time now) {
  impl_->advance(now);
}

void IncidentBook::clock_moved(base::Duration by) {
  impl_->clock_moved(by);
}

bool IncidentBook::close_by_operator(std::string_view fingerprint, base::Time now) {
  return impl_->close_by_operator(fingerprint, now);
}

bool IncidentBook::is_open(std::string_view signature) const {
  return impl_->is_open(signature);
}

void IncidentBook::settle() {
  impl_->settle();
}

std::optional<base::Time> IncidentBook::next_deadline() const {
  return impl_->next_deadline();
}

bool IncidentBook::has_open(const signatures::Signature& signature) const {
  return impl_->has_open(signature);
}

bool IncidentBook::could_end(const signatures::Signature& signature, std::string_view text) const {
  return impl_->could_end(signature, text);
}

const std::vector<std::string>* IncidentBook::telltales(
    const signatures::Signature& signature) const {
  return impl_->telltales(signature);
}

std::vector<Transition> IncidentBook::take_transitions() {
  return impl_->take_transitions();
}

std::vector<Incident> IncidentBook::incidents() const {
  return impl_->incidents();
}

std::vector<Incident> IncidentBook::told_open() const {
  return impl_->told_open();
}

std::vector<IncidentBook::OpenCount> IncidentBook::open_counts() const {
  return impl_->open_counts();
}

IncidentBook::Counters IncidentBook::counters() const {
  return impl_->counters();
}

std::string IncidentBook::save() const {
  return impl_->save();
}

base::Result<void> IncidentBook::load(std::string_view bytes) {
  return impl_->load(bytes);
}

std::map<std::string, std::optional<std::string>> IncidentBook::changes(bool everything) {
  return impl_->changes(everything);
}

base::Result<void> IncidentBook::load_rows(const std::map<std::string, std::string>& rows) {
  return impl_->load_rows(rows);
}

}  // namespace cmgmon::incidents
