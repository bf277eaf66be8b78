#include "calendar/delivery/job_result.h"

namespace calendar::delivery {

std::string event_word(JobResult::State state) {
    switch (state) {
        case JobResult::State::done:
            return "done";
        case JobResult::State::left:
            return "left";
        case JobResult::State::given_up:
            return "given_up";
        case JobResult::State::waiting:
            return "retry";
        case JobResult::State::held:
            return "held";
    }
    return {};
}

JobResult result_of(const Job& job, JobResult::State state, Time now) {
    return {.state = state, .job = job.id, .audit = audit_row(job, event_word(state), now)};
}

void change(JobResult& result, JobResult::State state) {
    result.state = state;
    result.audit.event = event_word(state);
}

}  // namespace calendar::delivery
