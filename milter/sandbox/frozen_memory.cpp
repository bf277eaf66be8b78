#include "milter/sandbox/frozen_memory.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "calendar/base/fd.h"

namespace milter::sandbox {

namespace {

struct Region {
    std::uintptr_t first = 0, end = 0;
    int protection = 0;
};

/// Those with pages that belong to this process alone; the stack moves, so it stays.
std::vector<Region> written_regions() {
    std::ifstream smaps("/proc/self/smaps");
    std::vector<Region> written;
    Region region;
    for (std::string line; std::getline(smaps, line);) {
        std::uintptr_t first = 0, end = 0;
        char write = '-', execute = '-';
        if (std::sscanf(line.c_str(), "%zx-%zx r%c%c", &first, &end, &write, &execute) == 4)
            region = execute == 'x' || line.ends_with("[stack]")
                         ? Region()
                         : Region{first, end, write == 'w' ? PROT_READ | PROT_WRITE : PROT_READ};
        else if (line.starts_with("Anonymous:") && !line.ends_with(" 0 kB") && region.end != 0)
            written.push_back(region);
    }
    return written;
}

}  // namespace

void freeze_memory() noexcept {
    const auto regions = written_regions();
    const calendar::base::Fd file(memfd_create("imip-memory", MFD_CLOEXEC));
    if (!file) return;
    off_t offset = 0;
    for (const auto& [first, end, protection] : regions) {     // nothing but the stack is written from here on
        auto* const address = reinterpret_cast<void*>(first);  // NOLINT(performance-no-int-to-ptr)
        const std::size_t size = end - first;
        if (::pwrite(file.get(), address, size, offset) != static_cast<ssize_t>(size)) return;
        if (::mmap(address, size, protection, MAP_PRIVATE | MAP_FIXED, file.get(), offset) == MAP_FAILED) return;
        offset += static_cast<off_t>(size);
    }
}

}  // namespace milter::sandbox
