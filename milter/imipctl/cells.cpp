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

}  // namespace milter::imipctl
