# A spool file that another nginx process found before it was locked, and
# removed as an empty one: what is written next goes into another file.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis
    ->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
my @orders = 19 .. 24;
$t->order($_) for 18, @orders;

# one process, once, waits between open() and flock() until its file is gone

$t->write('slow.c', <<'EOT');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int
flock(int fd, int how)
{
    int           n;
    int         (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
    struct stat   st;

    if ((fcntl(fd, F_GETFL) & O_APPEND)
        && open(getenv("SLOW_MARK"), O_CREAT|O_EXCL, 0600) != -1)
    {
        for (n = 0; n < 1000 && fstat(fd, &st) == 0 && st.st_nlink > 0; n++) {
            usleep(10000);
        }
    }

    return real(fd, how);
}
EOT
is system('cc', '-shared', '-fPIC', '-o', $t->path('slow.so'), $t->path('slow.c'), '-ldl'), 0, 'a slow flock()';

$t->allow(qr/redis refuses an event/);
{
    local $ENV{LD_PRELOAD} = $t->path('slow.so');
    local $ENV{SLOW_MARK} = $t->path('slow.mark');
    # under ASan its runtime wants to be first, and need not
    local $ENV{ASAN_OPTIONS} = join ':', grep { length } $ENV{ASAN_OPTIONS} // '', 'verify_asan_link_order=0';
    $t->start_nginx(processes => 2, main => 'env LD_PRELOAD; env SLOW_MARK;', server => $t->woo);
}
ok $t->wait_for('Redis', sub { $t->get($t->cancel_uri(18))->{body} =~ /ordersave_token/ }), 'nginx has Redis';
ok $t->wait_for('the page of 18', sub { $t->events(18) }), 'and nothing is under way';

# Redis is there and takes nothing: processes spool, and look for files
$t->redis('CONFIG', 'SET', 'maxmemory', 1);
$t->http('HEAD', $t->cancel_uri($_), bare => 1) for @orders;
ok $t->wait_for('a slow one', sub { -e $t->path('slow.mark') }), 'one of them is slow';
$t->redis('CONFIG', 'SET', 'maxmemory', 0);

for my $id (@orders) {
    ok $t->wait_for("the event of $id", sub { grep { $_->{kind} eq 'asked' } $t->events($id) }), "order $id was asked to be cancelled";
}
ok $t->wait_for('the spool', sub { !(() = glob $t->path('spool/*')) }), 'the spool is empty';
like $t->read('logs/error.log'), qr/spool file ".*" was taken/, 'a file was taken';

$t->stop;
done_testing;
