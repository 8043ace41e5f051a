# Five workers share sixteen shards as evenly as may be, and so do four when one
# is gone.

use strict;
use warnings;
use lib 't/lib';

use Mojo::UserAgent;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
my @port = map { OrderSave::Nginx::free_port() } 1 .. 5;

for my $n (0 .. 4) {
    $t->configure(status => "127.0.0.1:$port[$n]");
    rename $t->path('worker.json'), $t->path("worker$n.json");
    $t->start_worker("worker$n", $t->path("worker$n.json"));
}

sub held {
    return join ' ', sort map {
        my $res = Mojo::UserAgent->new->get("http://127.0.0.1:$_/status")->res;
        $res->json ? $res->json->{held} : ();
    } @_;
}

ok $t->wait_for('an even share', sub { held(@port) eq '3 3 3 3 4' }), 'five workers hold 3 3 3 3 4' or diag held(@port);
$t->kill_now('worker2', 'TERM');
splice @port, 2, 1;
ok $t->wait_for('an even share', sub { held(@port) eq '4 4 4 4' }), 'four hold 4 4 4 4' or diag held(@port);

$t->stop;
done_testing;
