// The C interface of cedar/ (Rust). Only policy_set.cpp uses it.
//
// Texts are UTF-8 JSON. A returned text is never null and goes back through visavis_cedar_free_text. No panic
// and no exception crosses. All functions are thread-safe; one compiled set may serve many threads at once.
#pragma once

#include <cstddef>

extern "C" {

struct visavis_cedar_set;

/// Parses and strictly validates {"schema": text, "files": [{"name", "text"}…]} on a thread with a large
/// stack.
/// `*report` becomes {"policies": [{"id", "effect": "permit"|"forbid", "file", "line", "annotations",
/// "text"}…], "errors": [{"file", "line", "message"}…], "warnings": as errors}; line 0 where none is known.
/// Null if there is any error.
visavis_cedar_set* visavis_cedar_compile(const char* sources, std::size_t length, char** report);

/// Decides {"principal", "action", "resource": {"type", "id"}, "context": {…}, "entities": […]}, each checked
/// against the schema. In the context {"datetime": text}, {"decimal": text} and {"ip": text} are Cedar's own
/// types. Entities are remembered by their text. Gives {"allowed", "reason": [policy ids], "errors":
/// [{"policy", "message"}…]} and, for a request that could not be put to the policies, "invalid": why.
/// `allowed` is true only if Cedar allows and no policy erred.
char* visavis_cedar_authorise(const visavis_cedar_set* set, const char* request, std::size_t length);

void visavis_cedar_free(visavis_cedar_set* set);
void visavis_cedar_free_text(char* text);

/// Versions of Cedar's library and language, separated by a space.
char* visavis_cedar_version();
}
