#pragma once

#include "policy/config/config.h"
#include "policy/config/text/section.h"

/// The sections of the main file, a file each. Every reader takes its keys from `top`, notes what is wrong with them,
/// and fills in its part of the configuration.
namespace policy::config {

void read_server(Section& top, Config& config);  ///< what stands at the top: listen, socket_mode, authserv_id, state, …
void read_keep(Section& top, Config& config);
void read_log(Section& top, Config& config);
void read_limits(Section& top, Config& config);
void read_authentication(Section& top, Config& config);
/// `speaks_for` within it, a list.
void read_speaks_for(const Value& value, std::vector<SpeaksFor>& entries, Mistakes& mistakes);
void read_spam(Section& top, Config& config);
/// Warns of a backend that leads several users to one calendar.
void warn_of_shared_calendars(Section& top, const Config& config);
void read_backends(Section& top, Config& config);
void read_presets(Section& top, Config& config);  ///< presets, preset, policy, otherwise
void read_users(Section& top, Config& config);    ///< after backends and presets, whose names users name
void read_address_books(Section& top, Config& config);
void read_itip(Section& top, Config& config);
void read_hazards(Section& top, Config& config);
void read_queue(Section& top, Config& config);
void read_learn(Section& top, Config& config);
void read_agent_address(Section& top, Config& config);

}  // namespace policy::config
