#include "engine/erase_subject.h"

#include "engine/ledger_recorder.h"

namespace visavis::engine {

Result<ledger::Erasure> erase_subject(Engine& engine, Call& call, ledger::Ledger& ledger,
                                      const EraseSubjectRequest& request) {
    return governed<ledger::Erasure>(
        engine, call, {.operation = "EraseSubject", .collection = request.collection},
        [&](Record& record) -> Result<ledger::Erasure> {
            if (request.ids.empty())
                return fail(ErrorCode::kInvalidParameter, "no FaceId or UserId is named");
            std::vector<std::string> subjects;
            for (const auto& id : request.ids)
                subjects.push_back(subject_of(call.caller, request.collection, id));
            auto erasure = ledger.erase(subjects);
            if (erasure) record.erasure = *erasure;
            return erasure;
        });
}

}  // namespace visavis::engine
