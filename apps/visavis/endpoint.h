// A server that is audited through its Rekognition API alone.
#pragma once

#include <memory>
#include <string>

#include "audit_commands.h"

namespace visavis::app {

/// The server at options.against. Each set that it recognises is indexed into a collection of its own
/// (`visavis-audit-…`), faces are judged in another; all are deleted when the subject goes, also after an
/// interrupt, which ends the audit early. Errors: those of RekognitionClient::open() and CreateCollection.
///
/// Requests: IndexFaces once a picture (and DeleteFaces where it shows several faces), three times more to
/// judge it; SearchFaces or SearchFacesByImage once for each face that is searched; CompareFaces once a mated
/// pair; DetectFaces once a picture to describe it.
[[nodiscard]] Result<std::unique_ptr<Subject>> open_endpoint(const AuditOptions& options);

}  // namespace visavis::app
