#include "sinks/smtp_dialogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/codec.h"
#include "base/text.h"
#include "base/words.h"
#include "net/line_connection.h"

namespace cmgmon::sinks {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxReplyLine = 2048;
constexpr std::size_t kMaxReplyLines = 100;
constexpr std::size_t kMaxSaid = 200;

struct Reply {
  int code = 0;
  std::string text;                // printable, of its last line
  std::vector<std::string> lines;  // without code; in upper case
  bool good() const { return code >= 200 && code < 400; }
  std::string said() const { return fmt::format("{} {}", code, text); }
};

base::Error refused(const net::Endpoint& endpoint, std::string_view what, const Reply& reply,
                    std::string remedy) {
  return {base::ErrorKind::kIo, 0,
          fmt::format("{} refuses {}: {}", net::describe(endpoint), what, reply.said()),
          std::move(remedy)};
}

// A server may repeat what it did not understand, and that was the password. "5.7.8" stays.
void hide_text(Reply& reply) {
  const std::size_t end = std::min(reply.text.find(' '), reply.text.size());
  if (end > 8 || reply.text.find_first_not_of("0123456789.") < end) {
    reply.text.clear();
  } else {
    reply.text.resize(end);
  }
}

// EHLO wants a domain name; what is none is left out.
std::string ehlo_name(std::string_view name) {
  std::string clean;
  for (const char c : name.substr(0, 200)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.';
    clean += plain ? c : '-';
  }
  return clean.empty() ? "localhost" : clean;
}

// Dots at line starts are doubled, and the end is told.
std::string as_data(std::string_view mail) {
  std::string data;
  data.reserve(mail.size() + 64);
  bool line_start = true;
  for (const char c : mail) {
    if (line_start && c == '.') {
      data += '.';
    }
    data += c;
    line_start = c == '\n';
  }
  if (!data.ends_with("\r\n")) {
    data += "\r\n";
  }
  return data + ".\r\n";
}

class Dialogue {
 public:
  Dialogue(const SmtpOptions& options, const std::shared_ptr<const net::TlsContext>& tls,
           std::string_view our_name)
      : options_(options),
        tls_(tls),
        our_name_(ehlo_name(our_name)),
        until_(steady_clock::now() + options.server.timeout) {}

  SmtpAnswer run(const SmtpLogin& login, std::string_view mail) {
    if (auto open = greet(); !open) {
      return Refusal(open.error());
    }
    if (!login.username.empty()) {
      if (auto known = authenticate(login); !known) {
        return Refusal(known.error());
      }
    }
    return hand_over(mail);
  }

 private:
  const net::Endpoint& endpoint() const { return options_.server.endpoint; }

  base::Result<Reply> read_reply() {
    Reply reply;
    for (std::size_t i = 0; i < kMaxReplyLines; ++i) {
      auto line = connection_->read_line(kMaxReplyLine, until_);
      if (!line) {
        return line.error();
      }
      const bool number = line->size() >= 3 && line->find_first_not_of("0123456789") >= 3;
      if (!number) {
        break;
      }
      reply.code = std::stoi(line->substr(0, 3));
      const std::string_view text =
          line->size() > 4 ? std::string_view(*line).substr(4) : std::string_view();
      reply.text = base::printable(base::prefix_of_bytes(text, kMaxSaid));
      reply.lines.push_back(base::to_upper(text));
      if (line->size() == 3 || (*line)[3] != '-') {
        return reply;
      }
    }
    return base::Error{base::ErrorKind::kIo, 0, net::describe(endpoint()) + " does not speak SMTP",
                       "Check host and port; port 465 wants 'security: tls'"};
  }

  base::Result<Reply> ask(std::string_view command) {
    if (auto sent = connection_->write(fmt::format("{}\r\n", command), until_); !sent) {
      return sent.error();
    }
    return read_reply();
  }

  base::Result<void> start_tls() { return connection_->start_tls(tls_, endpoint().host, until_); }

  base::Result<void> hello() {
    auto reply = ask("EHLO " + our_name_);
    if (!reply) {
      return reply.error();
    }
    if (!reply->good()) {
      return refused(endpoint(), "our greeting", *reply,
                     "Check whether this machine may send mail there");
    }
    offers_ = std::move(reply->lines);
    return {};
  }

  bool offers(std::string_view keyword) const {
    return std::find(offers_.begin(), offers_.end(), keyword) != offers_.end();
  }
  bool offers_login(std::string_view method) const {
    return std::any_of(offers_.begin(), offers_.end(), [&](const std::string& line) {
      return line.starts_with("AUTH") &&
             (line + " ").find(fmt::format(" {} ", method)) != std::string::npos;
    });
  }

  base::Result<void> greet() {
    auto connection = net::LineConnection::connect(endpoint(), until_);
    if (!connection) {
      return connection.error();
    }
    connection_.emplace(std::move(*connection));
    if (options_.security == SmtpSecurity::kTls) {
      if (auto secured = start_tls(); !secured) {
        return secured;
      }
    }
    const auto greeting = read_reply();
    if (!greeting) {
      return greeting.error();
    }
    if (!greeting->good()) {
      return refused(endpoint(), "the connection", *greeting, "Ask whoever runs the mail server");
    }
    if (auto said = hello(); !said || options_.security != SmtpSecurity::kStartTls) {
      return said;
    }
    if (!offers("STARTTLS")) {
      return base::Error{base::ErrorKind::kUnsupported, 0,
                         net::describe(endpoint()) + " offers no encryption (STARTTLS)",
                         "Switch it on at the server, or write 'security: none' if mail may go "
                         "through your network in the clear"};
    }
    const auto ready = ask("STARTTLS");
    if (!ready) {
      return ready.error();
    }
    if (!ready->good()) {
      return refused(endpoint(), "encryption (STARTTLS)", *ready, "Look into the server's log");
    }
    if (auto secured = start_tls(); !secured) {
      return secured;
    }
    return hello();  // what it offered in the clear does not count
  }

  base::Result<void> authenticate(const SmtpLogin& login) {
    base::Result<Reply> reply = Reply{};
    if (offers_login("PLAIN")) {
      const std::string both =
          std::string(1, '\0') + login.username + std::string(1, '\0') + login.password;
      reply = ask("AUTH PLAIN " + base::to_base64(both));
    } else if (offers_login("LOGIN")) {
      reply = ask("AUTH LOGIN");
      for (const auto* word : {&login.username, &login.password}) {
        if (reply && reply->code == 334) {
          reply = ask(base::to_base64(*word));
        }
      }
    } else {
      return base::Error{base::ErrorKind::kUnsupported, 0,
                         net::describe(endpoint()) + " offers no login that we know (PLAIN, LOGIN)",
                         "Switch one on at the server, or leave 'username' out"};
    }
    if (!reply) {
      return reply.error();
    }
    if (reply->code != 235) {
      hide_text(*reply);
      return refused(endpoint(), "the login of " + base::printable(login.username), *reply,
                     "Check username and password");
    }
    return {};
  }

  // Only a refusal of the text is about this very mail. Sender, recipients and login can be corrected in the settings or
  // at the server, and until then the mail waits.
  Refusal judged(std::string_view what, const Reply& reply, bool about_the_text) const {
    const bool login =
        reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.code == 538;
    base::Error error =
        refused(endpoint(), what, reply,
                login ? "Set username and password for this server"
                      : "Check sender and recipients, and what the server allows this machine");
    return about_the_text && reply.code >= 500 && !login ? Refusal::never(std::move(error))
                                                         : Refusal(std::move(error));
  }

  SmtpAnswer hand_over(std::string_view mail) {
    const auto sender = ask(fmt::format("MAIL FROM:<{}>", options_.from));
    if (!sender) {
      return Refusal(sender.error());
    }
    if (!sender->good()) {
      return judged("the sender " + options_.from, *sender, false);
    }
    std::vector<std::string> not_wanted;
    std::optional<Refusal> refusal;
    for (const auto& address : options_.to) {
      const auto recipient = ask(fmt::format("RCPT TO:<{}>", address));
      if (!recipient) {
        return Refusal(recipient.error());
      }
      if (!recipient->good()) {
        not_wanted.push_back(fmt::format("{}: {}", address, recipient->said()));
        refusal = judged("the recipient " + address, *recipient, false);
      }
    }
    if (refusal && not_wanted.size() == options_.to.size()) {
      return *refusal;
    }
    const auto ready = ask("DATA");
    if (!ready) {
      return Refusal(ready.error());
    }
    if (ready->code != 354) {
      return judged("the mail", *ready, true);
    }
    if (auto sent = connection_->write(as_data(mail), until_); !sent) {
      return Refusal(sent.error());
    }
    const auto taken = read_reply();
    if (!taken) {
      return Refusal(taken.error());
    }
    if (!taken->good()) {
      return judged("the mail", *taken, true);
    }
    std::string said = taken->said();
    if (!connection_->peer_name().empty()) {
      said += fmt::format(" ({}, certificate of {})", connection_->tls_version(),
                          connection_->peer_name());
    }
    for (const auto& address : not_wanted) {
      said += "; not for " + address;
    }
    base::ignore(connection_->write("QUIT\r\n", until_), "the mail is safe");
    return said;
  }

  const SmtpOptions& options_;
  const std::shared_ptr<const net::TlsContext>& tls_;
  std::string our_name_;
  net::Deadline until_;
  std::optional<net::LineConnection> connection_;
  std::vector<std::string> offers_;
};

}  // namespace

SmtpAnswer send_mail(const SmtpOptions& options, const SmtpLogin& login,
                     const std::shared_ptr<const net::TlsContext>& tls, std::string_view our_name,
                     std::string_view mail) {
  return Dialogue(options, tls, our_name).run(login, mail);
}

}  // namespace cmgmon::sinks
