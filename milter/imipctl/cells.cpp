#include "milter/imipctl/cells.h"

#include <algorithm>

namespace milter::imipctl {

sandbox::CellPool::Options one_cell(std::chrono::milliseconds end_of_message) {
    sandbox::CellPool::Options options;
    options.cells = 1;
    options.priority = sandbox::Forker::Priority::patient;
    options.call = std::min(options.call, end_of_message / 4);
    return options;
}

mail::Engine patient_engine_of(sandbox::CellPool& cells) {
    using calendar::base::Deadline;
    return {[&cells](std::string_view message, const mail::InspectLimits& limits, Deadline) {
                return cells.inspect(message, limits, Deadline::max());
            },
            [&cells](std::string_view object, Deadline) { return cells.describe(object, Deadline::max()); }};
}

}  // namespace milter::imipctl
