#pragma once

#include <functional>
#include <string_view>

#include "calendar/itip/read/stored_object.h"
#include "milter/mail/inspect.h"

namespace milter::mail {

/// The functions that see a stranger's bytes, wherever they run: in cells (the daemon) or in this process (`imipctl`).
struct Engine {
    std::function<Inspection(std::string_view message, const InspectLimits& limits)> inspect;
    std::function<calendar::itip::Expected<calendar::itip::StoredObject>(std::string_view stored_object)> describe;
};

}  // namespace milter::mail
