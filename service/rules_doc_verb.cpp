// Pages about the signatures, written from the packs, so that they never say anything else.

#include <fmt/format.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "engine/pack_files.h"
#include "incidents/identity.h"
#include "platform/files.h"
#include "service/excerpt.h"
#include "service/rule_prose.h"
#include "service/rules_shared.h"
#include "service/workspace.h"

namespace cmgmon::service {

namespace {

using signatures::Signature;
using signatures::SignatureSet;

constexpr std::size_t kWidth = 120;
constexpr std::size_t kMaxPageBytes = 4U << 20U;
constexpr std::string_view kReferenceFile = "signature-reference.md";
constexpr std::string_view kEventsFile = "events.md";
constexpr std::string_view kBegin = "<!-- signatures: written by 'cmgmon rules doc' -->\n";
constexpr std::string_view kEnd = "<!-- end of signatures -->\n";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Text of a pack as Markdown: what Markdown would act on is spelled out, {fields} become code.
std::string markdown(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{') {
      const std::size_t end = text.find_first_of("{}", at + 1);
      if (end != std::string_view::npos && text[end] == '}') {
        out += fmt::format("`{}`", text.substr(at, end - at + 1));
        at = end;
        continue;
      }
    }
    // An underscore within a word is only that.
    const bool inside = c == '_' && at > 0 && is_word(text[at - 1]) && at + 1 < text.size() &&
                        is_word(text[at + 1]);
    if (!inside && std::string_view("\\`*_<>|[]#").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts, std::string_view none) {
  return texts.empty() ? std::string(none) : fmt::format("{}", fmt::join(texts, ", "));
}

std::vector<std::string> explained_by(const Signature& signature, const SignatureSet& set) {
  std::vector<std::string> names;
  for (const auto& other : set.signatures) {
    if (std::find(other.explains.begin(), other.explains.end(), signature.name) !=
        other.explains.end()) {
      names.push_back(other.name);
    }
  }
  return names;
}

// One section of the reference.
std::string section_about(const Signature& signature, const SignatureSet& set) {
  std::string out = fmt::format("\n## {} {}\n\n", signature.event_id, signature.name);
  out += wrapped(fmt::format("**{}.**", markdown(signature.title)), kWidth, 0);
  out += "\n" + wrapped(markdown(signature.description), kWidth, 0) + "\n";
  const auto fact = [&](std::string_view name, const std::string& value) {
    out += wrapped(fmt::format("**{}:** {}", name, value), kWidth, 2, "- ");
  };
  fact("Level", fmt::format("{} ({})", name_of(signature.level), name_of(signature.status)));
  fact("Events", fmt::format("{} when it begins, {} when it is over", signature.event_id,
                             incidents::cleared_event_id(signature.event_id)));
  fact("Found in", markdown(sources_of(signature, set)));
  fact("One incident for each", markdown(joined(signature.group_by, "machine")));
  if (signature.silenced) {
    fact("Raised", "never by itself; it serves correlations");
  }
  if (signature.hold.count() != 0) {
    fact("Raised after", base::describe_duration(signature.hold));
  }
  fact("Ends", markdown(ends_of(signature)));
  if (const auto causes = explained_by(signature, set); !causes.empty()) {
    fact("Symptom of", joined(causes, ""));
  }
  if (!signature.explains.empty()) {
    fact("Explains", joined(signature.explains, ""));
  }
  for (const auto& text : signature.falsepositives) {
    fact("May look like it", markdown(text));
  }
  for (const auto& diagnosis : signature.diagnoses) {
    const std::string level =
        diagnosis.level ? fmt::format(" ({})", signatures::name_of(*diagnosis.level)) : "";
    const std::string occasion = occasion_of(diagnosis);
    out +=
        "\n" + wrapped(fmt::format("*{}{}{}:* {}", static_cast<char>(occasion.front() - 'a' + 'A'),
                                   markdown(occasion.substr(1)), level, markdown(diagnosis.cause)),
                       kWidth, 0);
    out += diagnosis.resolution.empty() ? "" : "\n";
    int number = 0;
    for (const auto& step : diagnosis.resolution) {
      const std::string mark = fmt::format("{}. ", ++number);
      out += wrapped(markdown(step), kWidth, mark.size(), mark);
    }
  }
  out += signature.references.empty() ? "" : "\nRead more:\n\n";
  for (const auto& reference : signature.references) {
    out += fmt::format("- <{}>\n", reference);
  }
  return out;
}

std::string reference(const SignatureSet& set) {
  std::string out =
      "# Signature reference\n\n"
      "<!-- Written by 'cmgmon rules doc' from the packs. Change the rules, not this page. "
      "-->\n\n" +
      wrapped(
          "What CMG Health Monitor recognises: one section for each signature, in the order of "
          "event "
          "ids. `{field}` stands for what the log says. How rules are written is in signatures.md, "
          "what an event looks like in events.md; `cmgmon rules explain NAME` shows everything "
          "about "
          "one signature, down to its expressions.",
          kWidth, 0);
  for (const auto& signature : set.signatures) {
    out += section_about(signature, set);
  }
  return out;
}

std::string event_table(const SignatureSet& set) {
  std::string out =
      "| raised | cleared | signature | level | one for each | ends |\n|---|---|---|---|---|---|\n";
  for (const auto& signature : set.signatures) {
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", signature.event_id,
                       incidents::cleared_event_id(signature.event_id), signature.name,
                       name_of(signature.level), markdown(joined(signature.group_by, "machine")),
                       markdown(ends_of(signature)));
  }
  return out;
}

struct Page {
  std::string path;
  std::string now;   // what stands there
  std::string then;  // what should
};

// nullopt, and said: the page cannot be read or has no markers.
std::optional<Page> events_page(const std::string& folder, const SignatureSet& set,
                                const Console& console) {
  Page page{base::join_path(folder, kEventsFile), "", ""};
  const auto text = platform::read_small_file(page.path, kMaxPageBytes);
  if (!text) {
    print(text.error(), console);
    return std::nullopt;
  }
  const auto begin = text->find(kBegin);
  const auto end = text->find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    console.err << fmt::format("cmgmon: {} lacks the lines\n  {}  {}between which the table goes\n",
                               base::printable(page.path), kBegin, kEnd);
    return std::nullopt;
  }
  page.now = *text;
  page.then =
      text->substr(0, begin + kBegin.size()) + "\n" + event_table(set) + "\n" + text->substr(end);
  return page;
}

Page reference_page(const std::string& folder, const SignatureSet& set) {
  Page page{base::join_path(folder, kReferenceFile), "", reference(set)};
  if (auto text = platform::read_small_file(page.path, kMaxPageBytes)) {
    page.now = std::move(*text);
  }
  return page;
}

}  // namespace

ExitCode rules_doc(const CommonOptions& common, const RulesDocOptions& options,
                   const Console& console) {
  ExitCode failure = ExitCode::kUsage;
  const auto shelves = pack_shelves_of(common, options.folders, console, failure);
  if (!shelves) {
    return failure;
  }
  base::Complaints complaints;
  const auto set = engine::load_pack_folders(*shelves, complaints);
  print_with_excerpts(complaints, "error", console);
  if (!set) {
    return ExitCode::kFailure;
  }
  if (options.output.empty()) {
    console.out << reference(*set);
    return ExitCode::kOk;
  }
  auto events = events_page(options.output, *set, console);
  if (!events) {
    return ExitCode::kFailure;
  }
  bool stale = false;
  for (const auto& page : {reference_page(options.output, *set), *events}) {
    if (page.now == page.then) {
      continue;
    }
    stale = true;
    if (options.check) {
      console.err << fmt::format(
          "cmgmon: {} is not what the packs say\n  Write it with: cmgmon rules doc {} --output "
          "{}\n",
          base::printable(page.path), base::printable(fmt::format("{}", fmt::join(*shelves, " "))),
          base::printable(options.output));
    } else if (const auto written = platform::replace_file(page.path, page.then); !written) {
      print(written.error(), console);
      return exit_code_of(written.error());
    } else {
      console.out << "Wrote " << base::printable(page.path) << ".\n";
    }
  }
  if (!stale) {
    console.out << "The pages are current.\n";
  }
  return stale && options.check ? ExitCode::kFailure : ExitCode::kOk;
}

}  // namespace cmgmon::service
