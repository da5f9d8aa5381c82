#include "literal_sets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "dice.h"

namespace cmgmon::bench {

namespace {

constexpr std::array<const char*, kDocumented> kDocumentedFailures = {
    "CMGConnector_Clientcertificaterequired",
    "CMGConnector_Forbidden",
    "CMGConnector_Unauthorized",
    "CMGConnector_InternalServerError",
    "CMGService_Invalid_Token",
    "WINHTTP_CALLBACK_STATUS_SECURE_FAILURE",
    "ERROR_WINHTTP_SECURE_FAILURE",
    "PreAuth token validation failed",
    "Failed to get CCM access token",
    "Failed to retrieve internet MPs from MP",
    "Failed to refresh Site Signing Certificate over HTTP",
    "CCM_E_NO_CLIENT_PKI_CERT",
};

constexpr std::array kShared = {
    "Gateway",  "Timeout",  "Certificate", "Revoked",  "Expired",  "Untrusted",
    "Endpoint", "Tenant",   "Proxy",       "Tunnel",   "Session",  "Handshake",
    "Policy",   "Location", "Signature",   "Protocol", "Redirect", "Capacity",
};

constexpr std::array kSubjects = {
    "tls_process_server_certificate",
    "the registration key",
    "certificate chain",
    "database connection pool",
    "Kerberos ticket",
    "inbox folder",
    "x509 name",
    "named pipe",
    "asn1 encoding",
    "RSA private key",
    "site system share",
    "boundary group cache",
    "task sequence media",
    "WMI provider",
    "content library",
    "delta discovery record",
    "elliptic curve",
    "background transfer job",
    "proxy auto-configuration",
    "client push account",
    "secondary replica",
    "token signing keys",
    "OCSP responder",
    "state message queue",
    "software metering file",
    "hardware inventory",
    "network access account",
    "multicast session",
    "distribution manager thread",
    "package hash",
};
constexpr std::array kFailures = {
    "verify failed",        "is locked by another process",
    "not permitted here",   "has an unknown critical extension",
    "timed out waiting",    "too many nested levels",
    "was truncated",        "lacks write access",
    "cannot be opened",     "disk I/O error",
    "wrong version number", "unexpected end of data",
    "refused by peer",      "quota exceeded",
    "bad decrypt",          "signature does not match",
    "no longer exists",     "out of sequence",
    "malformed header",     "constraint violated",
    "could not be mounted", "invalid object identifier",
    "would overflow",       "not yet valid",
};
constexpr std::array kDetails = {
    "while parsing",  "on commit",  "in state idle", "during renewal", "at offset", "for the peer",
    "after rollback", "from cache", "by policy",     "under load",     "via proxy", "in replica",
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string trimmed(const std::string& text) {
  const std::size_t start = text.find_first_not_of(' ');
  return text.substr(start, text.find_last_not_of(' ') + 1 - start);
}

// Adds what is neither part of one of the set nor has one of it as a part.
class Collector {
 public:
  explicit Collector(std::vector<std::string> base) {
    for (auto& literal : base) {
      add(std::move(literal));
    }
  }
  void add(std::string literal) {
    const std::string folded = lower(literal);
    const bool clash = std::any_of(folded_.begin(), folded_.end(), [&](const std::string& known) {
      return known.find(folded) != std::string::npos || folded.find(known) != std::string::npos;
    });
    if (!clash) {
      folded_.push_back(folded);
      literals_.push_back(std::move(literal));
    }
  }
  const std::vector<std::string>& literals() const { return literals_; }

 private:
  std::vector<std::string> literals_;
  std::vector<std::string> folded_;
};

template <std::size_t kCount>
const char* pick(const std::array<const char*, kCount>& words, Dice& dice) {
  return words[dice.below(kCount)];
}

std::vector<std::string> documented() {
  return {kDocumentedFailures.begin(), kDocumentedFailures.end()};
}

std::vector<std::string> shared_prefixes(std::size_t count) {
  Collector set(documented());
  Dice dice(500);
  while (set.literals().size() < count) {
    const std::string words = std::string(pick(kShared, dice)) + pick(kShared, dice);
    char code[16];
    std::snprintf(code, sizeof code, "0x87d0%04x", static_cast<unsigned>(dice.below(0x10000)));
    switch (dice.below(4)) {
      case 0:
        set.add("CMGConnector_" + words);
        break;
      case 1:
        set.add("CMGService_" + words);
        break;
      case 2:
        set.add("WINHTTP_CALLBACK_STATUS_FLAG_" + words);
        break;
      default:
        set.add(code);
    }
  }
  return set.literals();
}

std::vector<std::string> diverse(std::size_t count) {
  Collector set(documented());
  Dice dice(1000);
  while (set.literals().size() < count) {
    std::string text;
    if (dice.below(3) == 0) {
      char code[24];
      std::snprintf(code, sizeof code, "error:%08X:", static_cast<unsigned>(dice.below(1U << 30U)));
      text = code;
    }
    text += std::string(pick(kSubjects, dice)) + ' ';
    const std::size_t subject = text.size();
    text += pick(kFailures, dice);
    if (dice.below(2) == 0) {
      text += std::string(" ") + pick(kDetails, dice);
    }
    // A piece that reaches from what a healthy log says, too, into what it does not.
    const std::size_t start = dice.below(subject - 1);
    const std::size_t least = subject + 9;
    const std::size_t end = least + dice.below(text.size() - least + 1);
    set.add(trimmed(text.substr(start, end - start)));
  }
  return set.literals();
}

std::vector<std::string> first(const std::vector<std::string>& literals, std::size_t count) {
  return {literals.begin(), literals.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::vector<LiteralSet> make_sets() {
  const auto shared = shared_prefixes(500);
  const auto different = diverse(1000);
  return {{"12", first(shared, kDocumented)},
          {"100-shared", first(shared, 100)},
          {"500-shared", shared},
          {"500-diverse", first(different, 500)},
          {"1000-diverse", different}};
}

}  // namespace

const std::vector<LiteralSet>& literal_sets() {
  static const auto sets = make_sets();
  return sets;
}

const LiteralSet& literal_set(const std::string& name) {
  for (const auto& set : literal_sets()) {
    if (set.name == name) {
      return set;
    }
  }
  std::fprintf(stderr, "no set of literals is called %s\n", name.c_str());
  std::exit(2);
}

}  // namespace cmgmon::bench
