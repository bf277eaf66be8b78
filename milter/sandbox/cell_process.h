#pragma once

#include "milter/sandbox/forker.h"
#include "milter/sandbox/seccomp.h"

namespace milter::sandbox {

/// The border, as both sides know it. JSON unless named bytes; texts that may be long or no UTF-8 are never in the
/// JSON.
///   {"call": "inspect"}   bytes: InspectLimits as they lie in memory (both are of one build), the mail
///     -> {"inspection": {…}, "content_sizes": [N, …]}   bytes: the contents of its messages, in their order
///   {"call": "describe"}   bytes: the object
///     -> {"stored": {…}} or {"refusal": {…}}
///   {"call": "apply", "input": {…}, "stored_size": N|null}   bytes: stored, message
///     -> {"outcome": {…}, "has_object": B}   bytes: object
/// In the inspection, `content` is empty; in `input`, `stored` and `message` are; in `outcome`, `object` is null.

/// Everything that a cell can do without files is made ready. Called once by the forker.
void prepare_cells();

/// A cell's life: enters the sandbox, then answers requests until the other end closes. Ends the process.
[[noreturn]] void run_cell(int socket, const Sandbox& sandbox, const CellFunctions& functions) noexcept;

}  // namespace milter::sandbox
