#pragma once

#include <chrono>

#include "milter/mail/engine.h"
#include "milter/sandbox/cell.h"

namespace milter::imipctl {

/// One cell, since one message is read at a time. It gets no more processor time than in a daemon with this limit, and
/// gives way to the daemon's own cells.
sandbox::CellPool::Options one_cell(std::chrono::milliseconds end_of_message);

/// Runs in the cells, which outlive it. No MTA waits: however busy the machine is, what a cell says is the result.
mail::Engine patient_engine_of(sandbox::CellPool& cells);

}  // namespace milter::imipctl
