#include "matches/context_memory.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/codec.h"
#include "base/text.h"

namespace cmgmon::matches {

namespace {

constexpr std::string_view kKind = "matches";
constexpr std::uint64_t kVersion = 2;

}  // namespace

void KeptRecord::assign(const records::Record& record, std::string_view path,
                        std::uint64_t reading) {
  format_ = record.format;
  message_ = record.message;
  component_ = record.component;
  thread_ = record.thread;
  type_ = record.type;
  source_ = record.source;
  path_ = path;
  columns_.assign(record.columns.begin(), record.columns.end());
  time_ = record.time;
  time_confidence_ = record.time_confidence;
  offset_ = record.offset;
  length_ = record.length;
  line_ = record.line;
  reading_ = reading;
}

records::Record KeptRecord::view(const std::vector<records::Column>& columns) const {
  records::Record record;
  record.format = format_;
  record.message = message_;
  record.component = component_;
  record.thread = thread_;
  record.type = type_;
  record.source = source_;
  record.columns = columns;
  record.time = time_;
  record.time_confidence = time_confidence_;
  record.offset = offset_;
  record.length = length_;
  record.line = line_;
  return record;
}

void KeptRecord::quote(Evidence& evidence) const {
  evidence.path = path_;
  evidence.line = line_;
  evidence.offset = offset_;
  evidence.time = time_;
  evidence.time_confidence = time_confidence_;
  evidence.message = base::prefix_of_bytes(message_, kMaxEvidenceBytes);
}

void ContextMemory::begin(const records::Record& record) {
  position_ = record.position;
  if (kept_.empty()) {
    return;
  }
  const auto thread = threads_.find(record.thread);
  if (thread != threads_.end()) {
    ++thread->second.count;
  }
  forget_old();
}

void ContextMemory::forget_old() {
  while (!kept_.empty() &&
         (position_ - kept_.front()->position > kContextBytes || kept_.size() > kMaxKept)) {
    forget(0);
  }
}

bool ContextMemory::near(const Kept& kept, const records::Record& record,
                         std::chrono::milliseconds age) const {
  if (position_ - kept.position > kContextBytes) {
    return false;
  }
  if (!kept.record.time() || !record.time) {
    return true;
  }
  // Threads write in no strict order, so the context may carry a slightly later time.
  const auto apart = *kept.record.time() < *record.time ? *record.time - *kept.record.time()
                                                        : *kept.record.time() - *record.time;
  return apart <= age;
}

void ContextMemory::of_thread(std::uint32_t context, const records::Record& record,
                              std::chrono::milliseconds age, std::vector<Handle>& handles) const {
  const auto thread = kept_.empty() ? threads_.end() : threads_.find(record.thread);
  if (thread == threads_.end()) {
    return;
  }
  for (Kept* kept = thread->second.newest;
       kept != nullptr && thread->second.count - kept->thread_count <= kContextRecords;
       kept = kept->older) {
    const bool linked = std::any_of(kept->links.begin(), kept->links.end(),
                                    [&](const Link& link) { return link.context == context; });
    if (linked && near(*kept, record, age)) {
      handles.push_back({kept->number, kept});
    }
  }
}

void ContextMemory::of_key(std::uint32_t context, std::string_view key,
                           const records::Record& record, std::chrono::milliseconds age,
                           std::vector<Handle>& handles) const {
  for (std::size_t i = kept_.size(); i-- > 0;) {
    Kept* const kept = kept_[i].get();
    const bool linked = std::any_of(kept->links.begin(), kept->links.end(), [&](const Link& link) {
      return link.context == context && link.key == key;
    });
    if (linked && near(*kept, record, age)) {
      handles.push_back({kept->number, kept});
    }
  }
}

void ContextMemory::use_up(std::vector<Handle>& handles) {
  std::sort(handles.begin(), handles.end());
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  for (const Handle& handle : handles) {
    const auto at = std::lower_bound(
        kept_.begin(), kept_.end(), handle.number,
        [](const auto& kept, std::uint64_t number) { return kept->number < number; });
    forget(static_cast<std::size_t>(at - kept_.begin()));
  }
}

void ContextMemory::keep(const records::Record& record, std::string_view path,
                         const std::vector<Link>& links, std::uint64_t reading) {
  if (record.length > kContextBytes) {
    return;  // whatever follows is too far from its start
  }
  auto kept = spare_ ? std::move(spare_) : std::make_unique<Kept>();
  kept->record.assign(record, path, reading);
  kept->position = position_;
  kept->links = links;
  add(std::move(kept), record.thread);
  forget_old();
}

void ContextMemory::add(std::unique_ptr<Kept> kept, std::string_view thread) {
  auto watched = threads_.find(thread);
  if (watched == threads_.end()) {
    if (spare_thread_.empty()) {
      watched = threads_.try_emplace(std::string(thread)).first;
    } else {
      spare_thread_.key() = thread;
      spare_thread_.mapped() = {};
      watched = threads_.insert(std::move(spare_thread_)).position;
    }
  }
  kept->number = next_number_++;
  kept->thread = watched;
  kept->thread_count = watched->second.count;
  kept->newer = nullptr;
  kept->older = std::exchange(watched->second.newest, kept.get());
  if (kept->older != nullptr) {
    kept->older->newer = kept.get();
  }
  kept_.push_back(std::move(kept));
}

void ContextMemory::forget(std::size_t index) {
  const auto at = kept_.begin() + static_cast<std::ptrdiff_t>(index);
  spare_ = std::move(*at);
  kept_.erase(at);
  if (spare_->older != nullptr) {
    spare_->older->newer = spare_->newer;
  }
  if (spare_->newer != nullptr) {
    spare_->newer->older = spare_->older;
    return;
  }
  spare_->thread->second.newest = spare_->older;
  if (spare_->older == nullptr) {
    spare_thread_ = threads_.extract(spare_->thread);
  }
}

std::string ContextMemory::save(const NameOf& name_of) const {
  base::Writer writer(kKind, kVersion);
  writer.list(kept_, [&](const std::unique_ptr<Kept>& one) {
    const Kept& kept = *one;
    const KeptRecord& record = kept.record;
    writer.number(static_cast<std::uint64_t>(record.format_));
    writer.text(record.message_).text(record.component_).text(record.thread_);
    writer.text(record.type_).text(record.source_).text(record.path_);
    writer.list(record.columns_,
                [&](const auto& column) { writer.text(column.first).text(column.second); });
    writer.time(record.time_);
    writer.number(static_cast<std::uint64_t>(record.time_confidence_));
    writer.number(record.offset_).number(record.length_).number(record.line_);
    writer.number(kept.position);
    writer.number(kept.thread->second.count - kept.thread_count);
    writer.list(kept.links,
                [&](const Link& link) { writer.text(name_of(link.context)).text(link.key); });
  });
  return writer.finish();
}

base::Result<void> ContextMemory::load(std::string_view bytes, const IndexOf& index_of) {
  *this = ContextMemory();
  auto opened = base::Reader::open(bytes, kKind, kVersion);
  if (!opened) {
    return opened.error();
  }
  base::Reader& reader = *opened;
  constexpr std::uint64_t kFarAway = std::uint64_t{1}
                                     << 40U;  // room for distances to be subtracted
  if (reader.version() != kVersion) {
    return base::Error{base::ErrorKind::kUnsupported, 0, "state of another version"};
  }
  reader.list([&] {
    auto kept = std::make_unique<Kept>();
    KeptRecord& record = kept->record;
    record.format_ = static_cast<records::Format>(
        reader.number_up_to(static_cast<std::uint64_t>(records::Format::kPlain)));
    record.message_ = reader.text();
    record.component_ = reader.text();
    record.thread_ = reader.text();
    record.type_ = reader.text();
    record.source_ = reader.text();
    record.path_ = reader.text();
    reader.list([&] {
      std::string name = reader.text();
      record.columns_.emplace_back(std::move(name), reader.text());
    });
    record.time_ = reader.optional_time();
    record.time_confidence_ = static_cast<records::TimeConfidence>(
        reader.number_up_to(static_cast<std::uint64_t>(records::TimeConfidence::kNone)));
    record.offset_ = reader.number();
    record.length_ = reader.number();
    record.line_ = reader.number();
    kept->position = reader.number();
    const std::uint64_t thread_count = kFarAway - reader.number_up_to(kFarAway);
    reader.list([&] {
      const std::string name = reader.text();
      std::string key = reader.text();
      if (const auto index = index_of(name)) {
        kept->links.push_back({*index, std::move(key)});
      }
    });
    const bool in_order = kept_.empty() || kept_.back()->position <= kept->position;
    if (!in_order || kept_.size() >= kMaxKept) {
      reader.damaged();
    }
    if (reader.ok() && !kept->links.empty()) {
      position_ = kept->position;
      add(std::move(kept), record.thread_);
      Kept& added = *kept_.back();
      added.thread->second.count = kFarAway;
      added.thread_count = thread_count;
    }
  });
  auto outcome = reader.finish();
  if (!outcome) {
    *this = ContextMemory();
  }
  return outcome;
}

}  // namespace cmgmon::matches
