#include <optional>
#include <string>
#include <utility>

#include "base/path.h"
#include "base/time.h"
#include "platform/files.h"
#include "store/state_document.h"
#include "store/store.h"

namespace cmgmon::store {
namespace {

class DocumentStore final : public Store {
 public:
  explicit DocumentStore(std::string path) : path_(std::move(path)) {}

  base::Result<void> commit(const Snapshot& snapshot) override {
    return platform::replace_file(path_, encode(snapshot));
  }

 private:
  std::string path_;
};

base::Error unwritable(base::Error cause, const std::string& path) {
  const std::string folder(base::parent_path(path));
  cause.message = "The state document cannot be kept in " + path + ": " + cause.message;
  cause.remedy = "Let the account of this program create, change and delete files in " +
                 (folder.empty() ? "that folder" : folder) +
                 " (Windows: SYSTEM needs Full control), check that the disk is not full, or set "
                 "another data_folder in the configuration";
  return cause;
}

// "20261122-130440", from RFC 3339 text, so that no time zone comes in.
std::string stamp(base::Time time) {
  std::string text;
  for (const char c : base::to_rfc3339(time).substr(0, 19)) {
    if (c == 'T') {
      text += '-';
    } else if (c != '-' && c != ':') {
      text += c;
    }
  }
  return text;
}

// Puts the document aside, so that it can be looked at and never stands in the way again. Returns
// where it is now.
base::Result<std::string> quarantine(const std::string& path) {
  const std::string aside = path + ".damaged-" + stamp(base::SystemClock().now());
  std::string target = aside;
  for (int attempt = 2; platform::file_exists(target); ++attempt) {
    target = aside + "-" + std::to_string(attempt);
  }
  if (const auto renamed = platform::rename_file(path, target); !renamed) {
    return renamed.error();
  }
  return target;
}

}  // namespace

base::Result<Snapshot> read_state_document(const std::string& path) {
  const auto bytes = platform::read_small_file(path, kMaxDocumentBytes);
  if (bytes) {
    return decode(*bytes);
  }
  if (bytes.error().kind == base::ErrorKind::kNotFound) {
    return Snapshot{};
  }
  return bytes.error();
}

base::Result<Opened> open_state_document(const std::string& path) {
  Opened opened;
  if (const auto made = platform::create_folders(std::string(base::parent_path(path))); !made) {
    return unwritable(made.error(), path);
  }
  const auto bytes = platform::read_small_file(path, kMaxDocumentBytes);
  std::optional<base::Error> damage;
  if (bytes) {
    auto snapshot = decode(*bytes);
    if (snapshot) {
      opened.snapshot = std::move(*snapshot);
    } else {
      damage = snapshot.error();
    }
  } else if (bytes.error().kind == base::ErrorKind::kInvalid) {
    damage = bytes.error();  // too big, or not a regular file
  } else if (bytes.error().kind != base::ErrorKind::kNotFound) {
    return unwritable(bytes.error(), path);
  }
  if (damage) {
    const auto aside = quarantine(path);
    if (!aside) {
      return unwritable(aside.error(), path);
    }
    damage->message += "; it was put aside as " + *aside + " and a fresh one was begun";
    damage->remedy =
        "What was open is found again from the logs; an incident that ended meanwhile is not "
        "reported as cleared. Keep the file for support or delete it";
    opened.quarantined = std::move(damage);
  }
  // Better to learn now than at the first incident that nothing can be written here.
  opened.store = std::make_unique<DocumentStore>(path);
  if (const auto written = opened.store->commit(opened.snapshot); !written) {
    return unwritable(written.error(), path);
  }
  return opened;
}

}  // namespace cmgmon::store
