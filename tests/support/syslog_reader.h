#pragma once
// Reads messages of RFC 5424 strictly by its grammar; a twin of what writes them, sharing nothing with it.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cmgmon::support {

struct SyslogMessage {
  int priority = 0;
  std::string time, host, app, process, message_id;
  std::string data_id;
  std::map<std::string, std::string> data;  // unescaped
  std::string text;                         // without the byte order mark
};

// nullopt: it is not such a message.
inline std::optional<SyslogMessage> read_syslog(const std::string& bytes) {
  SyslogMessage message;
  std::size_t at = 0;
  const auto take = [&](char wanted) {
    return at < bytes.size() && bytes[at] == wanted && ++at > 0;
  };
  const auto word = [&](std::string& into) {
    const std::size_t end = bytes.find(' ', at);
    if (end == std::string::npos || end == at) {
      return false;
    }
    into = bytes.substr(at, end - at);
    at = end + 1;
    for (const char c : into) {
      if (c <= ' ' || c > '~') {
        return false;
      }
    }
    return true;
  };
  std::string version;
  if (!take('<')) {
    return std::nullopt;
  }
  while (at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9' && message.priority < 1000) {
    message.priority = message.priority * 10 + (bytes[at++] - '0');
  }
  if (message.priority > 191 || !take('>') || !word(version) || version != "1" ||
      !word(message.time) || !word(message.host) || !word(message.app) || !word(message.process) ||
      !word(message.message_id) || message.host.size() > 255 || message.app.size() > 48 ||
      message.message_id.size() > 32 || !take('[')) {
    return std::nullopt;
  }
  while (at < bytes.size() && bytes[at] != ' ' && bytes[at] != ']') {
    message.data_id += bytes[at++];
  }
  while (take(' ')) {
    std::string name, value;
    while (at < bytes.size() && bytes[at] > ' ' && bytes[at] <= '~' &&
           std::string("=]\"").find(bytes[at]) == std::string::npos) {
      name += bytes[at++];
    }
    if (name.empty() || name.size() > 32 || !take('=') || !take('"')) {
      return std::nullopt;
    }
    while (at < bytes.size() && bytes[at] != '"') {
      if (bytes[at] == ']') {
        return std::nullopt;
      }
      if (bytes[at] == '\\' && at + 1 < bytes.size() &&
          std::string("\"\\]").find(bytes[at + 1]) != std::string::npos) {
        ++at;
      }
      value += bytes[at++];
    }
    if (!take('"') || !message.data.emplace(name, value).second) {
      return std::nullopt;
    }
  }
  if (!take(']') || !take(' ') || bytes.compare(at, 3, "\xEF\xBB\xBF") != 0) {
    return std::nullopt;
  }
  message.text = bytes.substr(at + 3);
  return message;
}

// What octet counting holds; nullopt when it is not that from beginning to end.
inline std::optional<std::vector<std::string>> read_octet_counted(const std::string& stream) {
  std::vector<std::string> messages;
  std::size_t at = 0;
  while (at < stream.size()) {
    std::size_t length = 0;
    const std::size_t start = at;
    while (at < stream.size() && stream[at] >= '0' && stream[at] <= '9' && at - start < 9) {
      length = length * 10 + static_cast<std::size_t>(stream[at++] - '0');
    }
    if (at == start || at >= stream.size() || stream[at] != ' ' ||
        stream.size() - at - 1 < length) {
      return std::nullopt;
    }
    messages.push_back(stream.substr(at + 1, length));
    at += 1 + length;
  }
  return messages;
}

}  // namespace cmgmon::support
