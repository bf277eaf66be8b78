#pragma once

#include <string>

#include "calendar/delivery/audit_row.h"
#include "calendar/delivery/job.h"
#include "tests/support/texts.h"

namespace tests {

inline constexpr calendar::delivery::Time noon{std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) +
                                               std::chrono::hours(12)};

/// A job of bob's; what its message does is up to the test's own apply().
inline calendar::delivery::Job sample_job(const std::string& id, const std::string& message = "add x",
                                          const std::string& uid = "party@example.org",
                                          calendar::delivery::Time created = noon) {
    calendar::delivery::Job job;
    job.id = id;
    job.created = created;
    job.queue_id = "4XYZ";
    job.user = "bob";
    job.address = "bob@example.com";
    job.backend = "default";
    job.uid = uid;
    job.rule = "people I know";
    job.place = "policy.yaml:3:5";
    job.input.message = message;
    job.input.recipient = {*calendar::itip::Address::parse("bob@example.com")};
    job.input.sender = calendar::itip::Address::parse("carol@example.org");
    return job;
}

inline calendar::delivery::AuditRow sample_row(const std::string& job, const std::string& event = "decided") {
    return {noon,  "4XYZ",  job, "bob",           "party@example.org", "REQUEST",
            event, "apply", "",  "people I know", "policy.yaml:3:5",   "detail"};
}

}  // namespace tests
