#pragma once

namespace milter::sandbox {

/// Shuts this process in, for good: no network, no file, no new descriptor, no other process, a bounded address space.
/// What it may still do is to compute, and to read and write what is open. A call beyond that kills it; opening a file
/// only fails, since libraries try. Throws std::system_error.
void enter_sandbox();

}  // namespace milter::sandbox
