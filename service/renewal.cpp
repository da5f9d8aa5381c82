#include "service/renewal.h"

#include <sstream>
#include <utility>

#include "base/hash.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/pack_files.h"
#include "engine/rule_settings.h"
#include "engine/sinks_from_settings.h"
#include "platform/files.h"
#include "service/operator_requests.h"
#include "service/workspace.h"
#include "sinks/notices.h"

namespace cmgmon::service {

Renewal::Renewal(settings::Machine machine, settings::Overrides overrides,
                 const settings::Settings& in_force)
    : machine_(std::move(machine)),
      overrides_(std::move(overrides)),
      file_(overrides_.config_file ? settings::absolute_path(*overrides_.config_file)
                                   : base::join_path(in_force.data_folder, "cmgmon.yaml")),
      state_folder_(in_force.state_folder),
      shelves_(pack_shelves(in_force)) {
  base::ignore(platform::create_folders(requests_folder(state_folder_)),
               "a folder that is there can be watched; requests are found without, only later");
  in_force_ = digest(shelves_);
  seen_ = in_force_;
}

std::vector<std::string> Renewal::folders() const {
  std::vector<std::string> all = shelves_;
  for (auto& pack : engine::pack_folders(shelves_)) {
    all.push_back(std::move(pack));
  }
  all.emplace_back(base::parent_path(file_));
  all.push_back(requests_folder(state_folder_));
  return all;
}

bool Renewal::matters(const std::string& path) {
  const std::string name = base::to_lower(base::file_name(path));
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(kRequestSuffix);
}

// Of everything that is read: the same number, the same meaning.
std::uint64_t Renewal::digest(const std::vector<std::string>& shelves) const {
  std::string all;
  if (auto text = platform::read_small_file(file_, base::kMaxYamlBytes)) {
    all = std::move(*text);
  }
  base::Complaints unreadable;
  for (const auto& folder : engine::pack_folders(shelves)) {
    for (const auto& file : engine::read_pack(folder, unreadable)) {
      all += '\0' + file.path + '\0' + file.text;
    }
  }
  for (const auto& complaint : unreadable) {
    all += '\0' + complaint.message;
  }
  return base::content_hash(all);
}

engine::Wishes Renewal::look() {
  engine::Wishes wishes;
  const std::uint64_t now = digest(shelves_);
  if (now == in_force_) {
    refused_ = in_force_;
    change_refused_ = false;
  } else if (now != seen_) {
    wishes.ask_again_soon = true;
  } else if (now != refused_) {
    refused_ = now;
    wishes = judge();
    change_refused_ = !wishes.reload;
  }
  seen_ = now;
  wishes.change_refused = change_refused_;
  wishes.to_clear = read_requests(state_folder_);
  if (!wishes.to_clear.empty()) {
    wishes.cleared = [folder = state_folder_, met = wishes.to_clear] {
      forget_requests(folder, met);
    };
  }
  return wishes;
}

engine::Wishes Renewal::judge() {
  engine::Wishes wishes;
  const auto refuse = [&](sinks::Notice notice) {
    wishes.notices.push_back(std::move(notice));
    return wishes;
  };
  auto loaded = settings::load_settings(machine_, overrides_);
  if (!loaded.settings) {
    return refuse(sinks::configuration_rejected(
        file_, loaded.complaints.empty() ? "it cannot be read"
                                         : base::describe(loaded.complaints.front())));
  }
  if (const auto wrong = engine::check_sinks(*loaded.settings); !wrong.empty()) {
    return refuse(sinks::configuration_rejected(file_, base::describe(wrong.front())));
  }
  base::Complaints complaints;
  const auto shelves = pack_shelves(*loaded.settings);
  const std::uint64_t read =
      digest(shelves);  // before: what changes meanwhile counts the next time
  auto set = engine::load_pack_folders(shelves, complaints);
  if (!set) {
    return refuse(sinks::pack_rejected(complaints.empty() ? "it cannot be read"
                                                          : base::describe(complaints.front())));
  }
  std::ostringstream said;
  const Console unseen{said, said};
  if (!services_known(*loaded.settings, *set, unseen)) {
    return refuse(sinks::configuration_rejected(file_, std::string(base::trim(said.str()))));
  }
  auto ignored = engine::apply_rule_settings(*loaded.settings, *set);
  next_ = Next{std::move(*loaded.settings), std::move(*set), std::move(ignored), read};
  wishes.reload = true;
  return wishes;
}

std::optional<Renewal::Next> Renewal::take() {
  if (next_) {
    in_force_ = next_->digest;
    shelves_ = pack_shelves(next_->settings);
  }
  return std::exchange(next_, std::nullopt);
}

}  // namespace cmgmon::service
