# That a buyer asked to cancel is written before the store hears of it: a process
# that dies in the moment in which it turns to the store has lost nothing.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order($_) for 19, 20;

# a connect() to the store is the process' last act

$t->write('last.c', <<'EOT');
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    int                         port = atoi(getenv("LAST_PORT"));
    int                       (*real)(int, const struct sockaddr *, socklen_t);
    const struct sockaddr_in   *in = (const void *) addr;

    real = dlsym(RTLD_NEXT, "connect");

    if (addr->sa_family == AF_INET && ntohs(in->sin_port) == port) {
        kill(getpid(), SIGKILL);
    }

    return real(fd, addr, len);
}
EOT
is system('cc', '-shared', '-fPIC', '-o', $t->path('last.so'), $t->path('last.c'), '-ldl'), 0, 'a deadly connect()';

$t->allow(qr/exited on signal 9/);
{
    local $ENV{LD_PRELOAD} = $t->path('last.so');
    local $ENV{LAST_PORT} = $t->{upstream_port};
    # under ASan its runtime wants to be first, and need not
    local $ENV{ASAN_OPTIONS} = join ':', grep { length } $ENV{ASAN_OPTIONS} // '', 'verify_asan_link_order=0';
    $t->start_nginx(main => 'env LD_PRELOAD; env LAST_PORT;', server => $t->woo);
}

sub asked { my ($id) = @_; return grep { $_->{kind} eq 'asked' } $t->events($id) }

ok $t->wait_for('Redis', sub { $t->get($t->cancel_uri(20))->{body} =~ /ordersave_token/ }), 'nginx has Redis';
is $t->get($t->cancel_uri(19), headers => ['X-Requested-With: XMLHttpRequest'])->{status}, 0, 'the process dies as it turns to the store';
is scalar(asked(19)), 1, 'that order 19 was asked to be cancelled is in Redis';

# cancel anyway, from the page
my $page;
ok $t->wait_for('a new process', sub { ($page = $t->get($t->cancel_uri(20)))->{body} =~ /ordersave_token/ }), 'another process has taken over';
is $t->post($t->cancel_uri(20), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token($page)]])->{status}, 0, 'dies as well';
is scalar(asked(20)), 1, 'and order 20';

# without Redis it is on the disk
$t->stop_redis;
$t->wait_for('a new process', sub { $t->get('/ordersave/status')->{body} =~ /"redis":"down"/ });
is $t->get($t->cancel_uri(19), headers => ['X-Requested-With: XMLHttpRequest'])->{status}, 0, 'without Redis a process dies as well';
is scalar(grep { -s } glob $t->path('spool/*.spool')), 1, 'its event is in a file';

$t->stop;
done_testing;
