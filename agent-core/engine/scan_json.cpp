#include "engine/scan_json.h"

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include "sinks/incident_json.h"

namespace cmgmon::engine {

using Poco::JSON::Array;
using Poco::JSON::Object;

std::string scan_json(const ScanReport& report) {
  const int ordered = Poco::JSON_PRESERVE_KEY_ORDER;
  Object document(ordered);
  document.set("schema", "cmgmon/scan/1");
  Array::Ptr files = new Array;
  for (const auto& file : report.files) {
    Object::Ptr entry = new Object(ordered);
    entry->set("path", sinks::json_string(file.path));
    entry->set("service",
               file.service.empty() ? Poco::Dynamic::Var() : Poco::Dynamic::Var(file.service));
    entry->set("format", std::string(records::name_of(file.format)));
    entry->set("encoding", std::string(records::name_of(file.encoding)));
    entry->set("bytes", file.bytes);
    entry->set("malformed_records", file.malformed_records);
    files->add(entry);
  }
  document.set("files", files);
  Array::Ptr errors = new Array;
  for (const auto& error : report.errors) {
    Object::Ptr entry = new Object(ordered);
    entry->set("path", sinks::json_string(error.path));
    entry->set("error", sinks::json_string(error.error));
    entry->set("remedy", sinks::json_string(error.remedy));
    errors->add(entry);
  }
  document.set("errors", errors);
  Array::Ptr incidents = new Array;
  for (const auto& incident : report.incidents) {
    incidents->add(sinks::incident_object(incident));
  }
  document.set("incidents", incidents);
  return sinks::json_text(document, 2);
}

}  // namespace cmgmon::engine
