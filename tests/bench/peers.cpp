#include "peers.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <map>

#include "process.h"

namespace cmgmon::bench {

namespace {

constexpr int kFirstOwnEventId = 1500;
constexpr std::size_t kOwnEventIds = 500;

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) {
    std::perror(path.c_str());
    std::exit(1);
  }
}

std::string literals_file(const Tools& tools, const LiteralSet& set) {
  std::string text;
  for (const auto& literal : set.literals) {
    text += literal + '\n';
  }
  std::string path = tools.folder + "/literals-" + set.name + ".txt";
  write_file(path, text);
  return path;
}

auto expecting(std::uint64_t count) {
  return [count](const std::string& output) -> std::optional<std::string> {
    std::string first = output.substr(0, output.find('\n'));
    if (first == std::to_string(count)) {
      return std::nullopt;
    }
    return "answered '" + first + "' instead of " + std::to_string(count);
  };
}

std::string skip_reason(const std::string& program) {
  return is_installed(program) ? "" : program + " is not installed";
}

std::string quoted(const std::string& text, const std::string& special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string::npos) {
      result += '\\';
    }
    result += c;
  }
  return result;
}

std::string rule_name(std::size_t rule) {
  return "BENCH-" + std::to_string(1000 + rule);
}

// There are 500 event ids for rules that are not ours, so a rule may have to take two literals.
std::size_t rules_for(const LiteralSet& set) {
  return std::min(set.literals.size() - kDocumented, kOwnEventIds);
}

// A pack with a rule for every literal that is not one of the documented ones.
std::string write_pack(const Tools& tools, const LiteralSet& set) {
  std::string folder = tools.folder + "/pack-" + set.name;
  mkdir(folder.c_str(), 0700);
  write_file(folder + "/pack.yaml", "pack: bench\nversion: 1.0.0\nformat: cmgmon/pack/1\n");
  const std::size_t rules = rules_for(set);
  std::string text;
  for (std::size_t rule = 0; rule < rules; ++rule) {
    std::string values;
    for (std::size_t i = kDocumented + rule; i < set.literals.size(); i += rules) {
      values += (values.empty() ? "'" : ", '") + set.literals[i] + "'";
    }
    const std::string digits = std::to_string(1000 + rule);
    text += (rule == 0 ? "" : "---\n") + std::string("title: Generated rule ") + digits +
            "\nid: 00000000-0000-4000-8000-00000000" + digits + "\nname: " + rule_name(rule) +
            "\nstatus: test\nlevel: medium\n"
            "logsource: {product: configmgr, service: configmgr_client}\n"
            "detection: {found: {Message|contains: [" +
            values + "]}, condition: found}\nx-cmgmon: {version: 1, event_id: " +
            std::to_string(kFirstOwnEventId + static_cast<int>(rule)) +
            ", diagnosis: [{otherwise: true, cause: A literal was found., resolution: [None.]}]"
            ", clear: {quiet: never}}\n";
  }
  write_file(folder + "/rules.yaml", text);
  return folder;
}

using Counts = std::map<std::string, std::uint64_t>;

std::string text_of(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(count);
  }
  return text.size() > 400 ? text.substr(0, 400) + "..." : text;
}

std::optional<std::string> compare(const std::string& output, std::uint64_t bytes,
                                   const Counts& expected) {
  try {
    const auto document = Poco::JSON::Parser().parse(output).extract<Poco::JSON::Object::Ptr>();
    if (document->getArray("errors")->size() != 0) {
      return "reports errors";
    }
    const auto file = document->getArray("files")->getObject(0);
    if (file->getValue<std::uint64_t>("bytes") != bytes) {
      return "has read " + file->get("bytes").toString() + " bytes of " + std::to_string(bytes);
    }
    if (file->getValue<std::uint64_t>("malformed_records") != 0) {
      return "finds malformed records";
    }
    Counts counts;
    const auto incidents = document->getArray("incidents");
    for (std::size_t i = 0; i < incidents->size(); ++i) {
      const auto incident = incidents->getObject(static_cast<unsigned>(i));
      counts[incident->getValue<std::string>("signature")] +=
          incident->getValue<std::uint64_t>("count");
    }
    if (counts != expected) {
      return "finds " + text_of(counts) + " instead of " + text_of(expected);
    }
    return std::nullopt;
  } catch (const std::exception& error) {
    return std::string("is no document: ") + error.what();
  }
}

}  // namespace

std::uint64_t planted(const BenchLog& log, const LiteralSet& set) {
  std::uint64_t lines = 0;
  for (const auto& literal : set.literals) {
    const auto found = log.planted.find(literal);
    lines += found == log.planted.end() ? 0 : found->second;
  }
  return lines;
}

Peer engine(const Tools& tools, const std::string& name, const BenchLog& log, const LiteralSet& set,
            std::uint64_t expected) {
  Peer peer;
  peer.name = name;
  peer.command = {tools.engine, name, log.path, literals_file(tools, set)};
  peer.complaint = expecting(expected);
  return peer;
}

Peer scan(const Tools& tools, const BenchLog& log, const LiteralSet& set) {
  Counts expected = log.incidents;
  Peer peer;
  peer.name = "cmgmon scan";
  peer.command = {tools.cmgmon, "--data", tools.folder, "--packs=" + tools.packs};
  if (set.literals.size() > kDocumented) {
    const std::size_t rules = rules_for(set);
    for (std::size_t i = kDocumented; i < set.literals.size(); ++i) {
      const auto found = log.planted.find(set.literals[i]);
      if (found != log.planted.end()) {
        expected[rule_name((i - kDocumented) % rules)] += found->second;
      }
    }
    peer.command.insert(peer.command.end(), {"--packs=" + write_pack(tools, set)});
  }
  peer.command.insert(peer.command.end(), {"scan", "--json", log.path});
  peer.complaint = [bytes = log.bytes, expected](const std::string& output) {
    return compare(output, bytes, expected);
  };
  return peer;
}

Peer grep(const Tools& tools, const BenchLog& log, const LiteralSet& set) {
  Peer peer;
  peer.name = "grep -i -F -f";
  peer.command = {"grep", "-c", "-i", "-F", "-f", literals_file(tools, set), log.path};
  peer.complaint = expecting(planted(log, set));
  peer.skipped = skip_reason("grep");
  return peer;
}

Peer ripgrep(const Tools& tools, const BenchLog& log, const LiteralSet& set) {
  Peer peer;
  peer.name = "ripgrep -i -F -f";
  peer.command = {"rg", "-c", "-i", "-j1", "-F", "-f", literals_file(tools, set), log.path};
  peer.complaint = expecting(planted(log, set));
  peer.skipped = skip_reason("rg");
  return peer;
}

// One expression for each literal, all with the same counter; at its end mtail prints what it has counted.
Peer mtail(const Tools& tools, const BenchLog& log, const LiteralSet& set) {
  const std::string program = tools.folder + "/literals-" + set.name + ".mtail";
  std::string text = "counter literals_found\n";
  for (const auto& literal : set.literals) {
    text += "/(?i)" + quoted(literal, "/.()[]{}*+?^$|\\") + "/ {\n  literals_found++\n}\n";
  }
  write_file(program, text);
  Peer peer;
  peer.name = "mtail";
  peer.command = {"mtail",  "--one_shot", "--one_shot_format=prometheus", "--progs", program,
                  "--logs", log.path};
  const std::uint64_t expected = planted(log, set);
  peer.complaint = [expected](const std::string& output) -> std::optional<std::string> {
    const std::size_t at = output.find("\nliterals_found{");
    const std::size_t value = at == std::string::npos ? at : output.find("} ", at);
    if (value == std::string::npos) {
      return "says nothing of its counter";
    }
    return expecting(expected)(output.substr(value + 2));
  };
  peer.slow = true;
  peer.skipped = skip_reason("mtail");
  return peer;
}

// One rule for each literal; letter case matters to it. Each match writes a line.
Peer sec(const Tools& tools, const BenchLog& log, const LiteralSet& set) {
  const std::string rules = tools.folder + "/literals-" + set.name + ".sec";
  std::string text;
  for (const auto& literal : set.literals) {
    text += "type=Single\nptype=SubStr\npattern=" + quoted(literal, "\\") +
            "\ndesc=found\naction=write - found\n\n";
  }
  write_file(rules, text);
  Peer peer;
  peer.name = "sec";
  peer.command = {"sec", "--conf=" + rules, "--input=" + log.path, "--fromstart", "--notail"};
  const std::uint64_t expected = planted(log, set);
  peer.complaint = [expected](const std::string& output) {
    std::uint64_t lines = 0;
    for (std::size_t at = 0; (at = output.find("found\n", at)) != std::string::npos; ++at) {
      ++lines;
    }
    return expecting(expected)(std::to_string(lines));
  };
  peer.slow = true;
  peer.skipped = skip_reason("sec");
  return peer;
}

}  // namespace cmgmon::bench
