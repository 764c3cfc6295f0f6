// A server that is audited through its Rekognition API alone.
#pragma once

#include <memory>
#include <string>

#include "audit_commands.h"

namespace visavis::app {

/// The server at options.against. Each set that it recognises is indexed into a collection of its own
/// (`visavis-audit-…`), which is deleted when the subject goes; an interrupt ends the audit early and deletes
/// them too. Errors: those of RekognitionClient::open().
///
/// Requests: IndexFaces once a picture, and three times more to judge it; SearchFaces once a person for pairs
/// within a set; SearchFacesByImage once a person for one set among another; CompareFaces once a mated pair;
/// DetectFaces once a picture to describe it.
[[nodiscard]] Result<std::unique_ptr<Subject>> open_endpoint(const AuditOptions& options);

}  // namespace visavis::app
