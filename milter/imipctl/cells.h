#pragma once

#include <chrono>

#include "milter/sandbox/cell.h"

namespace milter::imipctl {

/// One cell, since one message is read at a time. It gets no more time than in a daemon with this limit, and gives way
/// to the daemon's own cells.
sandbox::CellPool::Options one_cell(std::chrono::milliseconds end_of_message);

}  // namespace milter::imipctl
