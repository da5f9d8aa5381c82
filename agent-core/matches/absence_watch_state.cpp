// AbsenceWatch: save and load.

#include "base/codec.h"
#include "matches/absence_watch.h"
#include "matches/match_codec.h"

namespace cmgmon::matches {

namespace {

constexpr std::string_view kKind = "absence";
constexpr std::uint64_t kVersion = 1;

base::Duration read_duration(base::Reader& reader) {
  const base::Duration duration(reader.integer());
  if (duration.count() < 0) {
    reader.damaged();
    return base::Duration(0);
  }
  return duration;
}

}  // namespace

std::string AbsenceWatch::save() const {
  base::Writer writer(kKind, kVersion);
  writer.list(watches_, [&](const auto& entry) {
    const Watch& watch = entry.second;
    writer.text(entry.first.first).text(watch.unit);
    // A silenced rule has no incident, so nothing was told when it is switched on again.
    const bool told = watch.told && !watch.signature->silenced;
    writer.boolean(watch.armed).boolean(told).boolean(watch.wanted);
    writer.boolean(watch.was_stopped).boolean(watch.rollover_grace);
    writer.integer(watch.silent.count()).integer(watch.stopped.count());
    writer.text(watch.path).time(watch.last_heard);
    writer.option(watch.evidence,
                  [&](const Evidence& evidence) { write_evidence(writer, evidence); });
  });
  return writer.finish();
}

base::Result<void> AbsenceWatch::load(std::string_view bytes) {
  auto reader = base::Reader::open(bytes, kKind, kVersion);
  if (!reader) {
    return reader.error();
  }
  std::map<Key, Watch> loaded;
  reader->list([&] {
    Watch watch;
    Key key;
    key.first = reader->text();
    key.second = watch.unit = reader->text();
    watch.armed = reader->boolean();
    watch.told = reader->boolean();
    watch.wanted = reader->boolean();
    watch.was_stopped = reader->boolean();
    watch.rollover_grace = reader->boolean();
    watch.silent = read_duration(*reader);
    watch.stopped = read_duration(*reader);
    watch.path = reader->text();
    watch.last_heard = reader->optional_time();
    watch.evidence = reader->option([&] { return read_evidence(*reader); });
    // A rule that is gone, or is about something else now, has nothing to remember.
    watch.signature = set_.find(key.first);
    if (watch.signature == nullptr || !watch.signature->absence ||
        watch.signature->absence->per_stream == watch.unit.empty() || loaded.size() >= kMaxLoaded) {
      return;
    }
    watch.open = watch.unit.empty();
    watch.grace_left = watch.signature->absence->grace;
    loaded.insert_or_assign(std::move(key), std::move(watch));
  });
  if (auto result = reader->finish(); !result) {
    return result;
  }
  for (auto& [key, watch] : loaded) {
    watches_.insert_or_assign(key, std::move(watch));
  }
  return {};
}

}  // namespace cmgmon::matches
