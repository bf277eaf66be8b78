# What is needed from Debian 12, in one place. To be sourced.
# install_packages GROUP… installs those of the groups' packages that are missing, and removes none.

# libboost-dev: Debian's SOCI headers include Boost's, and libsoci-dev does not bring them. libevent-dev and nettle-dev: pkg-config
# looks for what libunbound itself is linked with.
packages_build="ca-certificates cmake g++ git ninja-build pkg-config
  libboost-dev libcli11-dev libcurl4-openssl-dev libevent-dev libexpected-dev libfmt-dev libgmime-3.0-dev libical-dev libicu-dev
  libldap-dev libmilter-dev libopendkim-dev libpq-dev libpsl-dev libpugixml-dev libseccomp-dev libsoci-dev libspdlog-dev libsqlite3-dev
  libssl-dev libunbound-dev libyaml-cpp-dev nettle-dev nlohmann-json3-dev tzdata"
packages_demo="opendkim opendkim-tools"
packages_postfix="postfix sasl2-bin libsasl2-modules libsasl2-modules-db swaks"
# rspamd, opendmarc: filters of others, whose Authentication-Results can be trusted; opendkim (demo) is the third.
packages_test="doctest-dev libbenchmark-dev clang-16 libclang-rt-16-dev clang-format-14 clang-tidy-14 mandoc python3 curl procps
  radicale xandikos unbound bind9-dnsutils khal python3-dkim systemd slapd ldap-utils postgresql-15 postgresql-client-15 util-linux
  rspamd opendmarc"
packages_sendmail="m4 libldap-2.5-0 libsasl2-2 libwrap0 libdb5.3 libnsl2"
# What these bring and would run after the next boot. The demonstration and the tests start their own.
servers="opendkim postfix saslauthd radicale unbound slapd postgresql rspamd opendmarc"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runs a command. No service is started by what it installs, and none afterwards is held.
without_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || { "$@"; return; }
    local status=0
    printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
    as_root chmod 755 /usr/sbin/policy-rc.d
    "$@" || status=$?
    as_root rm -f /usr/sbin/policy-rc.d
    return $status
}

# Sets new_packages to what it installed, and new_services to the servers among that, which are neither running nor enabled.
install_packages() {
    local group variable name removed missing=() before=" "
    new_packages="" new_services=""
    for group in "$@"; do
        variable="packages_$group"
        for name in ${!variable}; do
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
        done
    done
    [ ${#missing[@]} = 0 ] && return 0
    echo "installing: ${missing[*]}"
    as_root apt-get -qq update || return
    removed=$(apt-get -qq -s install --no-install-recommends "${missing[@]}" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
    if [ -n "$removed" ]; then
        echo "cannot install the packages of the groups $*: that would remove ${removed% }. Nothing was changed. If you do not need these," \
            "remove them yourself: apt-get remove ${removed% }" >&2
        return 1
    fi
    for name in $servers; do [ ! -e "/etc/init.d/$name" ] || before+="$name "; done
    without_services as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends --no-remove "${missing[@]}" >/dev/null || return
    new_packages="${missing[*]}"
    for name in $servers; do
        [ -e "/etc/init.d/$name" ] && [[ $before != *" $name "* ]] || continue
        as_root update-rc.d "$name" disable || return
        new_services+=" $name"
    done
}
