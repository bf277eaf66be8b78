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

mail::Engine engine_of(sandbox::CellPool& cells) {
    return {[&cells](std::string_view message, const mail::InspectLimits& limits, calendar::base::Deadline deadline) {
                return cells.inspect(message, limits, deadline);
            },
            [&cells](std::string_view object, calendar::base::Deadline deadline) {
                return cells.describe(object, deadline);
            }};
}

}  // namespace milter::imipctl
