#include "engine/pipeline.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/codec.h"
#include "base/path.h"
#include "matches/stream_matcher.h"
#include "records/timestamp.h"

namespace cmgmon::engine {

namespace {

// What all streams together keep of what they passed over.
constexpr std::size_t kMaxLagBytes = std::size_t{16} << 20U;
constexpr std::size_t kMaxStreamLagBytes = std::size_t{128} << 10U;

constexpr std::size_t kMaxParked = 4;  // files of a stream that are read in turns
constexpr const char* kKind = "framers";
constexpr std::uint64_t kVersion = 1;

// The framer of a file that may be taken up again.
struct Parked {
  std::string state;
  bool needed = false;  // its lines cannot be read without what stands above them
};

}  // namespace

struct Pipeline::Stream {
  Stream(tail::StreamInfo stream_info, const PlannedService& of_service,
         matches::Fields base_fields)
      : info(std::move(stream_info)),
        planned(of_service),
        captures_more(info.captures.size() > info.captures.count("host")),
        matcher(of_service.plan, std::move(base_fields)) {}

  const records::Framer& framer() const { return matcher.framer(); }

  tail::StreamInfo info;
  const PlannedService& planned;
  bool captures_more = false;  // than the host
  matches::StreamMatcher matcher;
  bool backlog = true;
  bool backlog_over = false;             // ends with the look
  bool backlog_restored = false;         // the run that began the backlog died in it
  std::string path;                      // of the current file
  std::map<std::string, Parked> parked;  // by path
  bool in_file = false;                  // the current file has not ended
  std::uint64_t file_bytes = 0;
  std::uint64_t malformed_before = 0;  // framer's counter when the current file began
};

Pipeline::Pipeline(const signatures::SignatureSet& set, incidents::IncidentBook& book,
                   std::string host)
    : set_(set),
      incidents_(book),
      book_(set, book),
      host_(std::move(host)),
      absence_(set, host_.empty() ? matches::Fields{} : matches::Fields{{"host", host_}},
               [this](matches::Match&& match, const std::string& stream) {
                 book_.apply(match, stream, false, now_);
               }) {
  book_.hold();
}

Pipeline::~Pipeline() = default;

void Pipeline::restore(const std::string& key, const store::StreamState& state) {
  restored_[key] = state;
  if (state.backlog_done && raises_wait_) {
    incidents_.catch_up([this](const signatures::Signature& signature, const std::string& of) {
      return may_be_over(signature, of);
    });
  }
}

const Pipeline::PlannedService& Pipeline::plan_for(const std::string& service) {
  return plans_.try_emplace(service, set_, service).first->second;
}

void Pipeline::open(const tail::StreamInfo& info) {
  matches::Fields base_fields;
  for (const auto& [name, value] : info.captures) {
    base_fields.emplace(name, value);
  }
  if (!host_.empty()) {
    base_fields.emplace("host", host_);  // a captured host wins
  }
  // Whether services of this machine say anything about the log.
  const auto captured = info.captures.find("host");
  const bool remote = !base::network_root(info.key).empty() ||
                      (captured != info.captures.end() && captured->second != host_);
  matches::AbsenceWatch::Stream watched{info.service, base_fields, remote, true};
  auto stream = std::make_unique<Stream>(info, plan_for(info.service), std::move(base_fields));
  if (const auto state = restored_.find(info.key); state != restored_.end()) {
    // State written by another version is not an error: the logs are the truth, and only the memory of the last few
    // records is lost.
    load_framers(*stream, state->second.framer);
    base::ignore(stream->matcher.load_matcher(state->second.matcher),
                 "context older than the restart is a nicety");
    stream->backlog = !state->second.backlog_done;
    stream->backlog_restored = stream->backlog;
    restored_.erase(state);
  }
  watched.backlog = stream->backlog;
  absence_.opened(info.key, std::move(watched));
  ids_[info.key] = info.id;
  streams_[info.id] = std::move(stream);
  note_relatives(info.service);
}

// Of a correlation, those of what it is made of.
void Pipeline::add_services(const signatures::Signature& signature,
                            std::set<std::string>& services) const {
  services.insert(signature.services.begin(), signature.services.end());
  if (signature.correlation) {
    for (const auto& name : signature.correlation->rules) {
      if (const auto* rule = set_.find(name)) {
        add_services(*rule, services);
      }
    }
  }
}

// A failure of one log may be older than a recovery that was read before, in another log. So all recoveries count in streams
// that have relatives; in others, only those that come when an incident is open.
void Pipeline::note_relatives(const std::string& service) {
  if (++streams_of_[service] > 2) {
    return;  // all it could change has been seen
  }
  for (auto& [of, planned] : plans_) {
    std::set<std::string> services = {""};  // whose logs may show what these show the recovery of
    for (const auto* signature : planned.plan.recovering()) {
      add_services(*signature, services);
    }
    std::size_t logs = 0;
    for (const auto& name : services) {
      const auto found = streams_of_.find(name);
      logs += found == streams_of_.end() ? 0 : found->second;
    }
    planned.has_relatives =
        !planned.plan.recovering().empty() && logs > (services.contains(of) ? 1U : 0U);
  }
}

// Whether a log other than that of the failure shows recoveries of it.
bool Pipeline::may_be_over(const signatures::Signature& signature,
                           const std::string& stream) const {
  if (more_to_come() && !signature.recoveries.empty()) {
    return true;
  }
  const auto own = ids_.find(stream);
  const std::string_view own_service =
      own == ids_.end() ? "" : std::string_view(streams_.at(own->second)->info.service);
  return std::any_of(plans_.begin(), plans_.end(), [&](const auto& entry) {
    const auto& [service, planned] = entry;
    const auto& recovering = planned.plan.recovering();
    const bool only_own =
        own != ids_.end() && service == own_service && streams_of_.at(service) == 1;
    return !only_own &&
           std::find(recovering.begin(), recovering.end(), &signature) != recovering.end();
  });
}

// Logs that were followed before a restart and are not opened yet (of a server that is slow, for one) may show anything.
bool Pipeline::more_to_come() const {
  return raises_wait_ && !restored_.empty();
}

// Whatever is or may become open, a recovery that is read now may end it.
bool Pipeline::wants_all_recoveries(const Stream& stream,
                                    const signatures::Signature& signature) const {
  return stream.planned.has_relatives || more_to_come() || book_.correlator().awaits(signature);
}

bool Pipeline::wants_recovery(const Stream& stream, const signatures::Signature& signature,
                              std::optional<std::string_view> text) const {
  if (wants_all_recoveries(stream, signature)) {
    return true;
  }
  // What the path of the log says may be what an incident is recognised by.
  return text && !stream.captures_more ? incidents_.could_end(signature, *text)
                                       : incidents_.has_open(signature);
}

// Those of wants_recovery().
const std::vector<std::string>* Pipeline::telltales(const Stream& stream,
                                                    const signatures::Signature& signature) const {
  return wants_all_recoveries(stream, signature) || stream.captures_more
             ? nullptr
             : incidents_.telltales(signature);
}

template <typename Step>
void Pipeline::run_records(Stream& stream, base::Time now, std::size_t bytes, const Step& step) {
  // One reference each: what captures more is allocated, with every read.
  struct Run {
    Pipeline& pipeline;
    Stream& stream;
    base::Time now;
  } run{*this, stream, now};
  const matches::MatchHandler on_match = [&run](const matches::Match& match) {
    run.pipeline.book_.apply(match, run.stream.info.key, run.stream.backlog, run.now);
  };
  const matches::HeartbeatHandler on_heartbeat = [&run](const signatures::Signature& signature,
                                                        const records::Record& record) {
    run.pipeline.absence_.heard(run.stream.info.key, signature, record, run.stream.path, run.now);
  };
  const matches::RecoveryWish wish = [&run](const signatures::Signature& signature,
                                            std::optional<std::string_view> text) {
    return run.pipeline.wants_recovery(run.stream, signature, text);
  };
  const matches::Telltales telltales = [&run](const signatures::Signature& signature) {
    return run.pipeline.telltales(run.stream, signature);
  };
  step(matches::StreamMatcher::Occasion{
      stream.path, now, on_match, on_heartbeat, wish,
      std::min(kMaxStreamLagBytes, kMaxLagBytes / std::max<std::size_t>(streams_.size(), 1)),
      &telltales});
  if (bytes > 0) {
    Read& read = read_[stream.info.service];
    read.bytes += bytes;
    read.last = now;
    absence_.wrote(stream.info.key, stream.path, stream.matcher.newest_time(), now);
  }
  tell_time(stream, now);
}

// A log whose newest time lies in the future was written before the clock was set back: nobody knows what it has reached.
void Pipeline::tell_time(const Stream& stream, base::Time now) {
  const auto newest = stream.matcher.newest_time();
  if (newest && *newest <= now + records::kFutureTolerance) {
    incidents_.watermark(stream.info.key, *newest, now);
  }
}

std::span<char> Pipeline::room(tail::StreamId stream, std::size_t bytes) {
  return streams_.at(stream)->matcher.room(bytes);
}

void Pipeline::read(tail::StreamId id, const std::string& path, std::size_t bytes, base::Time now) {
  Stream& stream = *streams_.at(id);
  if (stream.path != path) {
    stream.path = path;  // a log is renamed while it is read
  }
  stream.file_bytes += bytes;
  run_records(stream, now, bytes,
              [&](const auto& occasion) { stream.matcher.read(bytes, occasion); });
}

void Pipeline::end_backlog(Stream& stream, base::Time now) {
  stream.backlog = false;
  stream.backlog_over = false;
  stream.backlog_restored = false;
  ended_backlogs_.push_back(stream.info.key);
  absence_.backlog_ended(stream.info.key);
  incidents_.end_backlog(stream.info.key, now);
}

// Late lines (IIS writes them into yesterday's file) take us back to a file and forth again: its #Fields and line number
// must be those of that file.
void Pipeline::park(Stream& stream, const std::string& path) {
  if (stream.parked.size() >= kMaxParked && !stream.parked.contains(path)) {
    stream.parked.erase(stream.parked.begin());
  }
  stream.parked[path] = {stream.matcher.save_framer(),
                         stream.framer().format() == records::Format::kW3c};
}

void Pipeline::take_up(Stream& stream, const std::string& path, std::uint64_t offset,
                       base::Time now) {
  if (stream.in_file) {
    run_records(stream, now, 0, [&](const auto& occasion) { stream.matcher.catch_up(occasion); });
    park(stream, stream.path);
  }
  if (const auto state = stream.parked.find(path); state != stream.parked.end() && offset > 0) {
    base::ignore(stream.matcher.load_parked(state->second.state),
                 "our own bytes; a fresh framer would find out most of it again");
  }
  const bool late_lines = stream.parked.erase(path) > 0;
  if (offset == 0 && !stream.path.empty() && !late_lines) {
    absence_.rolled_over(stream.info.key);
  }
  stream.matcher.start_file(offset);
  stream.in_file = true;
}

std::string Pipeline::save_framers(const Stream& stream) {
  std::vector<std::pair<std::string_view, std::string_view>> parked;
  for (const auto& [path, framer] : stream.parked) {
    if (framer.needed) {
      parked.emplace_back(path, framer.state);
    }
  }
  base::Writer writer(kKind, kVersion);
  writer.text(stream.matcher.save_framer());
  writer.list(parked, [&](const auto& one) { writer.text(one.first).text(one.second); });
  return writer.finish();
}

void Pipeline::load_framers(Stream& stream, std::string_view bytes) {
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    base::ignore(stream.matcher.load_framer(bytes), "earlier versions saved the one framer alone");
    return;
  }
  const std::string framer = reader->text();
  std::map<std::string, Parked> parked;
  reader->list([&] {
    std::string path = reader->text();
    parked[std::move(path)] = {reader->text(), true};
  });
  if (!reader->finish() || parked.size() > kMaxParked) {
    return;
  }
  base::ignore(stream.matcher.load_framer(framer),
               "a fresh framer finds out everything from the file");
  stream.parked = std::move(parked);
}

void Pipeline::process(const tail::TailEvent& event, base::Time now) {
  now_ = now;
  if (const auto* opened = std::get_if<tail::StreamOpened>(&event)) {
    open(opened->info);
    return;
  }
  const auto stream_of = [&](tail::StreamId id) -> Stream* {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
  };
  if (const auto* started = std::get_if<tail::FileStarted>(&event)) {
    if (Stream* stream = stream_of(started->stream)) {
      take_up(*stream, started->path, started->offset, now);
      stream->path = started->path;
      stream->file_bytes = 0;
      stream->malformed_before = stream->framer().malformed();
    }
  } else if (const auto* chunk = std::get_if<tail::Chunk>(&event)) {
    if (Stream* stream = stream_of(chunk->stream)) {
      const auto there = stream->matcher.room(chunk->bytes.size());
      std::copy(chunk->bytes.begin(), chunk->bytes.end(), there.begin());
      read(chunk->stream, chunk->path, chunk->bytes.size(), now);
    }
  } else if (const auto* ended = std::get_if<tail::FileEnded>(&event)) {
    if (Stream* stream = stream_of(ended->stream)) {
      run_records(*stream, now, 0,
                  [&](const auto& occasion) { stream->matcher.end_file(occasion); });
      stream->matcher.let_go();
      park(*stream, ended->path);
      stream->in_file = false;
      reports_.push_back({ended->path, stream->info.service, stream->framer().format(),
                          stream->framer().encoding(), stream->file_bytes,
                          stream->framer().malformed() - stream->malformed_before});
    }
  } else if (const auto* backlog = std::get_if<tail::BacklogEnded>(&event)) {
    if (Stream* stream = stream_of(backlog->stream)) {
      stream->matcher.let_go();
      if (stream->backlog) {
        stream->backlog_over = true;
        backlogs_over_ = true;
      }
    }
  } else if (const auto* problem = std::get_if<tail::InputProblem>(&event)) {
    absence_.unreadable(problem->path, true);
  } else if (const auto* recovered = std::get_if<tail::InputRecovered>(&event)) {
    absence_.unreadable(recovered->path, false);
  }
  // The agent turns Gap, InputProblem and InputRecovered into notices.
}

matches::AbsenceWatch::Circumstances Pipeline::circumstances(
    const signatures::ServiceStates& services) const {
  return {services, [this](std::string_view name) { return incidents_.is_open(name); }};
}

void Pipeline::looked(base::Time at, const signatures::ServiceStates& services) {
  now_ = at;
  absence_.looked(at, circumstances(services));
}

void Pipeline::end_of_logs(base::Time now) {
  now_ = now;
  for (const auto& [id, stream] : streams_) {
    absence_.end_of_log(stream->info.key, stream->matcher.newest_time(), circumstances({}));
  }
}

void Pipeline::end_look(base::Time now, tail::StreamId after, tail::StreamId up_to) {
  if (!std::exchange(backlogs_over_, false)) {
    return;
  }
  for (const auto& [id, stream] : streams_) {
    if (stream->backlog_over && id > after && id <= up_to) {
      end_backlog(*stream, now);
    }
    backlogs_over_ = backlogs_over_ || stream->backlog_over;
  }
}

void Pipeline::caught_up(base::Time now) {
  end_look(now);
  for (const auto& [id, stream] : streams_) {
    if (stream->backlog_restored) {
      end_backlog(*stream, now);
    }
  }
  const auto of_backlog = book_.release(now);
  // What was found just now is as old as what it is made of.
  for (const auto& [id, stream] : streams_) {
    tell_time(*stream, now);
    if (!stream->backlog && of_backlog.contains(stream->info.key)) {
      incidents_.end_backlog(stream->info.key, now);
    }
  }
  raise_what_waits(now);
}

void Pipeline::raise_what_waits(base::Time now) {
  raises_wait_ = false;
  incidents_.caught_up(now);
}

store::StreamState Pipeline::state_at(const tail::Checkpoint& checkpoint) const {
  store::StreamState state;
  state.checkpoint = checkpoint;
  const auto id = ids_.find(checkpoint.stream);
  if (id == ids_.end()) {
    return state;
  }
  const Stream& stream = *streams_.at(id->second);
  state.checkpoint.resume = std::min(stream.framer().resume_offset(), checkpoint.offset);
  state.framer = save_framers(stream);
  state.matcher = stream.matcher.save_matcher();
  state.backlog_done = !stream.backlog;
  return state;
}

std::vector<FileReport> Pipeline::take_file_reports() {
  return std::exchange(reports_, {});
}

bool Pipeline::follows(const std::string& service) const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [&](const auto& entry) { return entry.second->info.service == service; });
}

std::map<std::string, Pipeline::ServiceCounters> Pipeline::counters() const {
  std::map<std::string, ServiceCounters> all;
  for (const auto& [id, stream] : streams_) {
    ServiceCounters& one = all[stream->info.service];
    ++one.streams;
    one.malformed += stream->framer().malformed();
  }
  for (const auto& [service, read] : read_) {
    ServiceCounters& one = all[service];
    one.bytes = read.bytes;
    one.last_read = read.last;
  }
  return all;
}

}  // namespace cmgmon::engine
