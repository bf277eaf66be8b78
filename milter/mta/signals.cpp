#include "milter/mta/signals.h"

#include <csignal>
#include <utility>

#include <pthread.h>

namespace milter::mta {

namespace {

sigset_t ours() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);  // never sent from outside on purpose: it tells the thread to end
    return set;
}

}  // namespace

void block_signals() {
    auto set = ours();
    for (const int number : {SIGHUP, SIGTERM, SIGINT})
        sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk, and not the end
}

ReloadSignal::ReloadSignal(std::function<void()> reload) {
    thread_ = std::thread([reload = std::move(reload)] {
        const auto wanted = ours();
        int number = 0;
        while (sigwait(&wanted, &number) == 0 && number == SIGUSR1)
            reload();
    });
}

ReloadSignal::~ReloadSignal() {
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
}

}  // namespace milter::mta
