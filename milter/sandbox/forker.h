#pragma once

#include <chrono>
#include <filesystem>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "calendar/base/deadline.h"
#include "calendar/base/fd.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "milter/mail/inspect.h"

namespace milter::sandbox {

/// What runs in a cell. Tests put functions that hang, crash or lie here.
struct CellFunctions {
    mail::Inspection (*inspect)(std::string_view message, const mail::InspectLimits& limits) = &mail::inspect;
    calendar::itip::Outcome (*apply)(const calendar::itip::ApplyInput& input) = &calendar::itip::apply;
    calendar::itip::Expected<calendar::itip::StoredObject> (*describe)(std::string_view stored) =
        &calendar::itip::describe;
};

/// The process that makes cells. It is single-threaded, has nothing of the daemon's memory, and dies with the daemon's
/// thread that started it.
class Forker {
  public:
    /// Runs it: the program imip-cells. Throws std::system_error, which names the program.
    static Forker start(const std::filesystem::path& program = cells_program());
    /// For tests, whose cells do `functions`: forks this process, which has one thread then. Throws std::system_error.
    static Forker start(const CellFunctions& functions);

    /// The imip-cells in the folder of the running program, as in a build folder; else the installed one. Throws
    /// std::system_error when it cannot be run.
    static std::filesystem::path cells_program();
    /// What imip-cells does until `control` closes: the end that the other program left open for it.
    [[noreturn]] static void serve(int control) noexcept;

    struct Cell {
        calendar::base::Fd socket;  ///< stream socket to it; when it closes, the cell ends
        calendar::base::Fd pidfd;   ///< to kill it with; none until await()
        pid_t pid = 0;              ///< its own as long as it lives; none until await()
        /// Waits until it was made, if need be. Throws BorderLate, or std::system_error when there is none: the forker
        /// could not fork, or is gone (ECHILD).
        void await(calendar::base::Deadline deadline);
        /// That it has used since it was made, as the kernel counts it; nothing once it has ended.
        std::chrono::nanoseconds processor_time() const;
    };
    /// Who waits for what a cell does: an MTA, or nobody but the queue.
    enum class Priority : char { urgent, patient };
    /// One more, which is made while the caller goes on. Thread-safe. Throws std::system_error when the forker is gone.
    Cell order(Priority priority = Priority::urgent);

  private:
    explicit Forker(calendar::base::Fd control) : control_(std::move(control)) {}
    calendar::base::Fd control_;  ///< when it closes, the forker ends and all its cells with it
};

}  // namespace milter::sandbox
