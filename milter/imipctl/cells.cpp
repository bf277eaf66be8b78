#include "milter/imipctl/cells.h"

#include <algorithm>

namespace milter::imipctl {

sandbox::CellPool::Options one_cell(std::chrono::milliseconds end_of_message) {
    sandbox::CellPool::Options options;
    options.cells = 1;
    options.priority = sandbox::Forker::Priority::patient;
    options.deadline = std::min(options.deadline, end_of_message / 4);
    options.patience = std::max(options.patience, end_of_message);
    return options;
}

mail::Engine engine_of(sandbox::CellPool& cells) {
    return {[&cells](std::string_view message, const mail::InspectLimits& limits) {
                return cells.inspect(message, limits);
            },
            [&cells](std::string_view object) { return cells.describe(object); }};
}

}  // namespace milter::imipctl
