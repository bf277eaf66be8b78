#include "calendar/itip/apply/cancel/cancel.h"

#include "calendar/itip/apply/cancel/cancel_event.h"
#include "calendar/itip/apply/cancel/cancel_instances.h"

namespace calendar::itip {

Outcome apply_cancel(ApplyContext& context) {
    if (!context.stored) return refused(context.input, {Reason::unknown_event, "there is no event to cancel"});
    if (context.message.master) return cancel_event(context, *context.stored, *context.message.master);
    return cancel_instances(context);
}

}  // namespace calendar::itip
