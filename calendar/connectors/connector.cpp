#include "calendar/connectors/connector.h"

#include <fmt/format.h>

#include "calendar/connectors/caldav.h"
#include "calendar/connectors/vdir.h"

namespace calendar::connectors {
namespace {

struct Make {
    std::unique_ptr<Connector> operator()(const VdirOptions& options) const { return std::make_unique<Vdir>(options); }
    std::unique_ptr<Connector> operator()(const CaldavOptions& options) const {
        return std::make_unique<Caldav>(options);
    }
};

}  // namespace

base::Result<void> check_size(const std::string& what, std::size_t bytes) {
    if (bytes <= largest_object) return {};
    return tl::unexpected<base::Trouble>(
        base::Permanent{fmt::format("{} is larger than {} bytes", what, largest_object)});
}

std::unique_ptr<Connector> make_connector(const BackendOptions& options) {
    return std::visit(Make{}, options);
}

}  // namespace calendar::connectors
