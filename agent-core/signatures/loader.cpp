#include "signatures/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "signatures/correlation_check.h"
#include "signatures/field_names.h"
#include "signatures/hints.h"
#include "signatures/regular_expression.h"
#include "signatures/rule_check.h"
#include "signatures/rule_reader.h"

namespace cmgmon::signatures {

namespace {

constexpr std::string_view kFormat = "cmgmon/pack/1";
constexpr std::string_view kPackFile = "pack.yaml";

bool is_version(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+';
  });
}

class Loader {
 public:
  explicit Loader(base::Complaints& complaints) : complaints_(complaints) {}

  void load(const Pack& pack) {
    const PackFile* head = nullptr;
    for (const auto& file : pack) {
      if (base::file_name(file.path) != kPackFile) {
        continue;
      }
      if (head != nullptr) {
        complaints_.push_back({file.path, 0, 0, "the pack has two files pack.yaml"});
      }
      head = &file;
    }
    if (head == nullptr) {
      const std::string path =
          pack.empty() ? std::string("pack") : std::string(base::parent_path(pack.front().path));
      complaints_.push_back({path, 0, 0, "the pack has no file pack.yaml"});
      return;
    }
    const std::string name = read_head(*head);
    for (const auto& file : pack) {
      if (base::file_name(file.path) != kPackFile) {
        read_rules(file, name);
      }
    }
  }

  SignatureSet finish() {
    check_correlations(correlations_, broken_, set_);
    for (const auto& source : correlations_) {
      const Signature* signature = set_.find(source.name);
      if (signature != nullptr && !broken_.contains(source.name)) {
        check_rule(source.document, *signature, source.place, references_);
      }
    }
    std::stable_sort(set_.signatures.begin(), set_.signatures.end(),
                     [](const auto& a, const auto& b) { return a.event_id < b.event_id; });
    check_set(set_, references_, complaints_);
    return std::move(set_);
  }

 private:
  std::string read_head(const PackFile& file) {
    const auto documents = base::load_yaml(file.text, file.path, complaints_);
    if (documents.empty()) {
      return {};
    }
    if (documents.size() != 1) {
      complaints_.push_back(base::complaint_at(documents[1], file.path,
                                               "pack.yaml must be one document; rules go into "
                                               "files of their own"));
    }
    base::Mapping head(documents.front(), file.path, complaints_, "the pack");
    if (!head.valid()) {
      return {};
    }
    const std::string name = head.required_text("pack");
    if (!name.empty() && !packs_.emplace(name, file.path).second) {
      head.complain(*head.child("pack"),
                    fmt::format("there is a pack '{}' already, in {}", shown(name), packs_[name]));
    }
    const std::string version = head.required_text("version");
    if (!version.empty() && !is_version(version)) {
      head.complain(*head.child("version"), "'version' must be like 1.2.3");
    }
    const std::string format = head.required_text("format");
    if (!format.empty() && format != kFormat) {
      head.complain(*head.child("format"),
                    fmt::format("this program reads '{}', not '{}'", kFormat, shown(format)));
    }
    for (const auto* text : {"title", "description", "author", "license"}) {
      head.text(text);
    }
    const Place place{file.path, &complaints_, &expressions_};
    read_entries(head, "services",
                 [&](const std::string& key, const base::YamlNode& at, const base::YamlNode& node) {
                   read_service(key, at, node, place);
                 });
    read_entries(head, "facts",
                 [&](const std::string& key, const base::YamlNode& at, const base::YamlNode& node) {
                   read_fact(key, at, node, place);
                 });
    head.finish();
    return name;
  }

  template <typename Read>
  void read_entries(base::Mapping& head, const std::string& key, const Read& read) {
    const auto* node = head.child(key);
    if (!node) {
      return;
    }
    if (!node->is_map()) {
      head.complain(*node, fmt::format("'{}' must be a mapping of names", key));
      return;
    }
    for (const auto entry : node->entries()) {
      const std::string& name = entry.key.text;
      if (!is_snake_case(name)) {
        head.complain(entry.key, fmt::format("'{}' must be made of small letters, digits and '_'",
                                             shown(name)));
      }
      read(name, entry.key, entry.value);
    }
  }

  void read_service(const std::string& name, const base::YamlNode& at, const base::YamlNode& node,
                    const Place& place) {
    base::Mapping mapping(node, place.file, complaints_, fmt::format("service '{}'", shown(name)));
    if (!mapping.valid()) {
      return;
    }
    LogService service;
    service.name = name;
    service.title = mapping.text("title").value_or(name);
    service.required = mapping.boolean("required").value_or(false);
    service.file_names = mapping.texts("files");
    service.folders = mapping.texts("folders");
    mapping.finish();
    if (service.file_names.empty()) {
      place.complain(at, fmt::format("service '{}' has no 'files'", shown(name)));
    }
    for (const auto& glob : service.file_names) {
      if (glob.empty() || glob.find_first_of("/\\") != std::string::npos) {
        place.complain(
            *mapping.child("files"),
            fmt::format("'{}' must be a file name; folders go under 'folders'", shown(glob)));
      }
    }
    if (set_.find_service(name) != nullptr) {
      place.complain(at, fmt::format("service '{}' is described twice", shown(name)));
      return;
    }
    set_.services.push_back(std::move(service));
  }

  void read_fact(const std::string& name, const base::YamlNode& at, const base::YamlNode& node,
                 const Place& place) {
    base::Mapping mapping(node, place.file, complaints_, fmt::format("fact '{}'", shown(name)));
    if (!mapping.valid()) {
      return;
    }
    RegistryFact fact{name, mapping.required_text("registry"), mapping.required_text("value")};
    mapping.finish();
    const std::string key = base::to_lower(fact.key);
    if (!fact.key.empty() && !key.starts_with("hklm\\") &&
        !key.starts_with("hkey_local_machine\\")) {
      place.complain(*mapping.child("registry"), "the registry key must begin with HKLM\\");
    }
    const auto built_in = built_in_facts();
    const bool known = std::find(built_in.begin(), built_in.end(), name) != built_in.end() ||
                       std::any_of(set_.facts.begin(), set_.facts.end(),
                                   [&](const auto& f) { return f.name == name; });
    if (known) {
      place.complain(at, fmt::format("there is a fact '{}' already", shown(name)));
      return;
    }
    set_.facts.push_back(std::move(fact));
  }

  void read_rules(const PackFile& file, const std::string& pack) {
    const Place place{file.path, &complaints_, &expressions_};
    auto documents = base::load_yaml(file.text, file.path, complaints_);
    for (auto& document : documents) {
      if (document.is_null()) {
        complaints_.push_back({file.path, 0, 0, "the file holds no rule"});
        continue;
      }
      const std::size_t before = complaints_.size();
      Signature signature = read_rule(document, place, pack);
      // The names in a rule are looked at only when the rest of it could be read: one slip, one complaint. Those of a
      // correlation mean something only beside its rules.
      const bool whole = complaints_.size() == before;
      if (whole && !signature.correlation) {
        check_rule(document, signature, place, references_);
      }
      if (complaints_.size() != before) {
        broken_.insert(signature.name);
      }
      check_unique(document, signature, place);
      if (whole && signature.correlation) {
        correlations_.push_back({signature.name, std::move(document), place});
      }
      document = {};  // its memory is for the signatures to come
      set_.signatures.push_back(std::move(signature));
    }
  }

  // Names, ids and event ids stand for one signature in all packs.
  void check_unique(const base::YamlNode& document, const Signature& signature,
                    const Place& place) {
    const auto check = [&](std::map<std::string, Origin>& seen, const std::string& value,
                           const base::YamlNode& at, std::string_view what) {
      if (value.empty()) {
        return;
      }
      const auto [known, is_new] = seen.emplace(value, place.origin_of(at));
      if (!is_new) {
        place.complain(at, fmt::format("{} {} is used twice, first in {}:{}", what, shown(value),
                                       known->second.file, known->second.line));
      }
    };
    if (!document.is_map()) {
      return;
    }
    for (const auto entry : document.entries()) {
      const std::string& key = entry.key.text;
      if (key == "name") {
        check(names_, signature.name, entry.value, "the name");
      } else if (key == "id") {
        check(ids_, signature.id, entry.value, "the id");
      } else if (key == "x-cmgmon" && entry.value.is_map() && signature.event_id != 0) {
        for (const auto own : entry.value.entries()) {
          if (own.key.text == "event_id") {
            check(event_ids_, std::to_string(signature.event_id), own.value, "the event_id");
          }
        }
      }
    }
  }

  base::Complaints& complaints_;
  Expressions expressions_;
  SignatureSet set_;
  std::vector<Reference> references_;
  std::vector<CorrelationSource> correlations_;  // those that could be read
  std::set<std::string> broken_;                 // names of signatures with complaints
  std::map<std::string, std::string> packs_;     // name -> file
  std::map<std::string, Origin> names_;
  std::map<std::string, Origin> ids_;
  std::map<std::string, Origin> event_ids_;
};

}  // namespace

std::optional<SignatureSet> load_packs(const std::vector<Pack>& packs,
                                       base::Complaints& complaints) {
  const std::size_t before = complaints.size();
  Loader loader(complaints);
  for (const auto& pack : packs) {
    loader.load(pack);
  }
  SignatureSet set = loader.finish();
  if (complaints.size() != before) {
    return std::nullopt;
  }
  return set;
}

}  // namespace cmgmon::signatures
