#include "status/metrics_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/Net.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Platform.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "status/metrics.h"

namespace cmgmon::status {

namespace {

using Poco::Net::HTTPRequest;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr milliseconds kLookAtStop{100};  // how long a read goes on after stop()
constexpr milliseconds kHeadWhenOthersWait{500};
constexpr milliseconds kLookForReaders{250};
constexpr std::size_t kMaxWaiting = 16;

struct Answer {
  int code = 200;
  const char* reason = "OK";
  std::string body{};
  const char* type = kPlainText;
  const char* extra = "";
};

Answer refusal(int code, const char* reason, std::string body, const char* extra = "") {
  return {code, reason, std::move(body) + "\n", kPlainText, extra};
}

// What the connections share.
struct Desk {
  ListenOptions options;
  StatusBoard& board;
  const base::Clock& clock;
  std::atomic<bool> stopping{false};
  std::atomic<bool> others_wait{false};

  Answer health() const {
    const auto status = board.read();
    if (status == nullptr) {
      return refusal(503, "Service Unavailable", "starting");
    }
    const auto age = clock.now() - status->taken;
    if (age > kHealthyFor) {
      return refusal(503, "Service Unavailable", "the agent stands still");
    }
    return {200, "OK", "ok\n"};
  }

  Answer metrics() const {
    const auto status = board.read();
    if (status == nullptr) {
      return refusal(503, "Service Unavailable", "starting");
    }
    return {200, "OK", metrics_text(*status), kMetricsContentType};
  }

  Answer answer(const HTTPRequest& request) const {
    const std::string host = request.get("Host", "");
    if (host.empty() && request.getVersion() == HTTPRequest::HTTP_1_1) {
      return refusal(400, "Bad Request", "no Host header");
    }
    if (!host.empty() && !is_own_host(host, options.host)) {
      return refusal(421, "Misdirected Request", "this is not the host that was asked for");
    }
    if (request.getMethod() != HTTPRequest::HTTP_GET &&
        request.getMethod() != HTTPRequest::HTTP_HEAD) {
      return refusal(405, "Method Not Allowed", "GET and HEAD only", "Allow: GET, HEAD\r\n");
    }
    const std::string path = request.getURI().substr(0, request.getURI().find('?'));
    if (path == "/metrics") {
      return metrics();
    }
    if (path == "/healthz") {
      return health();
    }
    return refusal(404, "Not Found", "there are /metrics and /healthz");
  }
};

class Connection {
 public:
  Connection(Poco::Net::StreamSocket& socket, const Desk& desk)
      : socket_(socket),
        desk_(desk),
        began_(steady_clock::now()),
        deadline_(began_ + desk.options.patience) {}

  void run() {
    try {
      serve();
    } catch (const Poco::Exception&) {
      // The reader went away; there is nobody to tell.
    }
  }

 private:
  milliseconds left() const {
    return std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
  }

  // Requests are short and local: who is slow with one does not keep others out.
  bool must_give_way() const {
    return desk_.others_wait && steady_clock::now() - began_ > kHeadWhenOthersWait;
  }

  // The head of the request; empty: none came in time.
  std::string read_head() {
    std::string head;
    char piece[1024];
    while (left().count() > 0 && !desk_.stopping && !must_give_way()) {
      const auto wait = std::min(left(), kLookAtStop);
      if (!socket_.poll(Poco::Timespan(wait.count() * 1000), Poco::Net::Socket::SELECT_READ)) {
        continue;
      }
      const int got = socket_.receiveBytes(piece, sizeof piece);
      if (got <= 0) {
        return {};
      }
      head.append(piece, static_cast<std::size_t>(got));
      if (head.find("\r\n\r\n") != std::string::npos || head.size() > kMaxRequestBytes) {
        return head;
      }
    }
    return {};
  }

  void serve() {
    const std::string head = read_head();
    if (head.empty()) {
      return;
    }
    HTTPRequest request;
    Answer answer;
    if (head.size() > kMaxRequestBytes) {
      answer = refusal(431, "Request Header Fields Too Large", "the request is too long");
    } else {
      try {
        std::istringstream text(head);
        request.read(text);
        answer = desk_.answer(request);
      } catch (const Poco::Exception&) {
        answer = refusal(400, "Bad Request", "not a request of HTTP");
      }
    }
    send(request.getMethod() == HTTPRequest::HTTP_HEAD, answer);
  }

  void send(bool head_only, const Answer& answer) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.code) + " " + answer.reason +
                       "\r\nContent-Type: " + answer.type +
                       "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                       "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n" +
                       answer.extra + "Connection: close\r\n\r\n";
    if (!head_only) {
      text += answer.body;
    }
    socket_.setBlocking(false);
    std::size_t sent = 0;
    while (sent < text.size() && left().count() > 0 && !desk_.stopping) {
      const auto wait = std::min(left(), kLookAtStop);
      if (!socket_.poll(Poco::Timespan(wait.count() * 1000), Poco::Net::Socket::SELECT_WRITE)) {
        continue;
      }
      const int count = socket_.sendBytes(text.data() + sent, static_cast<int>(text.size() - sent));
      sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    socket_.shutdownSend();
  }

  Poco::Net::StreamSocket& socket_;
  const Desk& desk_;
  steady_clock::time_point began_;
  steady_clock::time_point deadline_;
};

}  // namespace

// One thread takes connections in, few others serve them. A connection is one thread's at a time.
class MetricsServer::Impl {
 public:
  Impl(ListenOptions options, StatusBoard& board, const base::Clock& clock)
      : desk_{std::move(options), board, clock},
        socket_(listening(desk_.options)),
        port_(socket_.address().port()) {
    threads_.emplace_back([this] { accept(); });
    for (int i = 0; i < kMaxThreads; ++i) {
      threads_.emplace_back([this] { serve(); });
    }
  }
  ~Impl() {
    {
      const std::scoped_lock lock(mutex_);
      desk_.stopping = true;
    }
    waiting_changed_.notify_all();
    for (auto& thread : threads_) {
      thread.join();
    }
  }

  std::uint16_t port() const { return port_; }

 private:
  using Socket = std::unique_ptr<Poco::Net::StreamSocket>;

  static Poco::Net::ServerSocket listening(const ListenOptions& options) {
    Poco::Net::initializeNetwork();  // of Windows; counted there
    // Elsewhere a port that was just closed could not be taken again for minutes; on Windows the same option would
    // share a port that somebody else listens on.
    constexpr bool kReuse = POCO_OS != POCO_OS_WINDOWS_NT;
    Poco::Net::ServerSocket socket;
    const Poco::Net::SocketAddress address(Poco::Net::IPAddress(options.address), options.port);
    if (address.family() == Poco::Net::SocketAddress::IPv6) {
      socket.bind6(address, kReuse, false, true);
    } else {
      socket.bind(address, kReuse, false);
    }
    socket.listen(static_cast<int>(kMaxWaiting));
    return socket;
  }

  void accept() {
    while (!desk_.stopping) {
      try {
        if (!socket_.poll(Poco::Timespan(kLookForReaders.count() * 1000),
                          Poco::Net::Socket::SELECT_READ)) {
          continue;
        }
        auto reader = std::make_unique<Poco::Net::StreamSocket>(socket_.acceptConnection());
        const std::scoped_lock lock(mutex_);
        if (waiting_.size() < kMaxWaiting) {
          waiting_.push_back(std::move(reader));
          desk_.others_wait = true;
        }  // else: it is sent away, and comes again with the next scrape
      } catch (const Poco::Exception&) {
        // Out of sockets, or the reader has gone already.
        std::unique_lock lock(mutex_);
        waiting_changed_.wait_for(lock, kLookForReaders, [this] { return desk_.stopping.load(); });
      }
      waiting_changed_.notify_one();
    }
  }

  void serve() {
    for (;;) {
      Socket reader;
      {
        std::unique_lock lock(mutex_);
        waiting_changed_.wait(lock, [this] { return desk_.stopping || !waiting_.empty(); });
        if (desk_.stopping) {
          return;
        }
        reader = std::move(waiting_.front());
        waiting_.pop_front();
        desk_.others_wait = !waiting_.empty();
      }
      Connection(*reader, desk_).run();
    }
  }

  Desk desk_;
  Poco::Net::ServerSocket socket_;
  std::uint16_t port_;
  std::mutex mutex_;  // guards waiting_
  std::condition_variable waiting_changed_;
  std::deque<Socket> waiting_;
  std::vector<std::thread> threads_;
};

base::Result<std::unique_ptr<MetricsServer>> MetricsServer::start(ListenOptions options,
                                                                  StatusBoard& board,
                                                                  const base::Clock& clock) {
  Poco::Net::IPAddress address;
  const std::string where = Poco::Net::IPAddress::tryParse(options.address, address)
                                ? Poco::Net::SocketAddress(address, options.port).toString()
                                : options.address;
  try {
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(std::make_unique<Impl>(std::move(options), board, clock)));
  } catch (const Poco::Exception& error) {
    return base::Error{
        base::ErrorKind::kIo, error.code(),
        "cannot listen on " + where + ": " + error.displayText(),
        "Free the port, or choose another one with metrics.listen in cmgmon.yaml; the "
        "address must be one of this machine's"};
  }
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

MetricsServer::~MetricsServer() = default;

std::uint16_t MetricsServer::port() const {
  return impl_->port();
}

bool is_loopback(const std::string& address) {
  Poco::Net::IPAddress parsed;
  return Poco::Net::IPAddress::tryParse(address, parsed) && parsed.isLoopback();
}

bool is_own_host(const std::string& host_header, const std::string& own_name) {
  std::string name = base::to_lower(host_header);
  if (name.starts_with('[')) {
    const std::size_t end = name.find(']');
    Poco::Net::IPAddress parsed;
    return end != std::string::npos &&
           Poco::Net::IPAddress::tryParse(name.substr(1, end - 1), parsed);
  }
  name.erase(std::min(name.find(':'), name.size()));
  Poco::Net::IPAddress parsed;
  if (name == "localhost" || Poco::Net::IPAddress::tryParse(name, parsed)) {
    return true;
  }
  const std::string own = base::to_lower(own_name);
  // The whole name, or without its domain. Nothing that only begins like it: anybody may own such a domain.
  return !own.empty() && (name == own || name == own.substr(0, own.find('.')));
}

}  // namespace cmgmon::status
