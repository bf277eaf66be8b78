#pragma once

namespace milter::sandbox {

/// Moves what this process has written (heap, relocated tables of libraries) into a file in memory that is mapped in
/// its place, as its own to write. fork() then copies no page tables for it, but each child pays for the pages that it
/// touches.
/// With one thread. What cannot be moved stays where it is, and costs more.
void freeze_memory() noexcept;

}  // namespace milter::sandbox
