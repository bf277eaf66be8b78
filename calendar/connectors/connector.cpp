#include "calendar/connectors/connector.h"

#include <fmt/format.h>

#include "calendar/connectors/caldav.h"
#include "calendar/connectors/vdir.h"

namespace calendar::connectors {
namespace {

struct Make {
    const ObjectLimits& limits;

    std::unique_ptr<Connector> operator()(const VdirOptions& options) const {
        return std::make_unique<Vdir>(options, limits);
    }
    std::unique_ptr<Connector> operator()(const CaldavOptions& options) const {
        return std::make_unique<Caldav>(options, limits);
    }
};

}  // namespace

base::Result<void> check_size(const std::string& what, std::size_t bytes, const ObjectLimits& limits) {
    if (bytes <= limits.object()) return {};
    return tl::unexpected<base::Trouble>(
        base::Permanent{fmt::format("{} is larger than {} bytes", what, limits.object())});
}

std::unique_ptr<Connector> make_connector(const BackendOptions& options, const ObjectLimits& limits) {
    return std::visit(Make{limits}, options);
}

}  // namespace calendar::connectors
