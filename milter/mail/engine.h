#pragma once

#include <functional>
#include <string_view>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/stored_object.h"
#include "milter/mail/inspect.h"

namespace milter::mail {

/// The functions that see a stranger's bytes, wherever they run: in cells, or in this process. In cells they throw when
/// there is no answer by the deadline.
struct Engine {
    std::function<Inspection(std::string_view message, const InspectLimits& limits, calendar::base::Deadline deadline)>
        inspect;
    std::function<calendar::itip::Expected<calendar::itip::StoredObject>(std::string_view stored_object,
                                                                         calendar::base::Deadline deadline)>
        describe;
};

}  // namespace milter::mail
