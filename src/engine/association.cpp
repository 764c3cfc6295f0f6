#include "engine/association.h"

#include <sstream>

#include <fmt/format.h>

namespace visavis::engine {

// One line each: `status S`, `changed ID`, `left ID REASON USER|- CONFIDENCE|-`. None of them holds a space.
Bytes write_association(const AssociationAnswer& answer) {
    std::string text = fmt::format("status {}\n", answer.user_status);
    for (const std::string& id : answer.changed) text += fmt::format("changed {}\n", id);
    for (const UnsuccessfulFace& face : answer.unsuccessful)
        text += fmt::format("left {} {} {} {}\n", face.face_id, face.reason, face.user_id.value_or("-"),
                            face.confidence ? fmt::format("{}", *face.confidence) : "-");
    return {text.begin(), text.end()};
}

Result<AssociationAnswer> read_association(ByteView text) {
    AssociationAnswer answer;
    std::istringstream lines{std::string(as_text(text))};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        if (kind == "status") {
            words >> answer.user_status;
        } else if (kind == "changed") {
            words >> answer.changed.emplace_back();
        } else if (kind == "left") {
            UnsuccessfulFace face;
            std::string user;
            std::string confidence;
            words >> face.face_id >> face.reason >> user >> confidence;
            if (user != "-") face.user_id = user;
            if (confidence != "-") face.confidence = std::strtof(confidence.c_str(), nullptr);
            answer.unsuccessful.push_back(std::move(face));
        } else {
            return fail(ErrorCode::kInternal, "a remembered answer is not of a known form");
        }
    }
    return answer;
}

}  // namespace visavis::engine
