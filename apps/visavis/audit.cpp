// `visavis audit`: error rates, measured by whoever runs it, on their own photographs.
#include "audit_commands.h"
#include "commands.h"

namespace visavis::app {

void add_audit(CLI::App& app, int& exit_code) {
    auto* audit = app.add_subcommand("audit", "measure error rates on photographs, by group, with intervals");
    audit->require_subcommand(1);
    add_audit_false_matches(*audit, exit_code);
    add_audit_verification(*audit, exit_code);
    add_audit_identification(*audit, exit_code);
    add_audit_quality(*audit, exit_code);
    add_audit_attributes(*audit, exit_code);
    add_audit_all(*audit, exit_code);
    add_audit_compare(*audit, exit_code);
}

}  // namespace visavis::app
