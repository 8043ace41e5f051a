# Treatment and holdout: a customer stays in one arm, the holdout's answer is
# the store's own, byte for byte, and observing changes nothing.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $answer = "HTTP/1.1 302 Found\r\nLocation: /my-account/\r\nX-Store: yes\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\n\r\nhi\n";
my $t = OrderSave::Nginx->new(campaign => {experiment => {name => 'x1', holdout => 50}})
    ->start_redis->start_upstream(sub { $answer });
$t->order($_, customer => "customer-$_") for 1 .. 200;
$t->order($_, customer => 'one-and-the-same') for 300 .. 309;
$t->start_nginx(processes => 2, server => $t->woo . <<'EOT');
        location /unwatched/ { ordersave_cancel off; proxy_pass http://store/; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /observed/ { ordersave_mode observe; proxy_pass http://store/; }
        location /off/ { ordersave_mode off; proxy_pass http://store/; }
        location /var/ { ordersave_mode $arg_mode; proxy_pass http://store/; }
EOT

my (%arm, $held, $met);
for my $id (1 .. 200) {
    my $a = $t->get($t->cancel_uri($id));
    $arm{$id} = $a->{status} == 200 ? 'treatment' : 'holdout';
    if ($arm{$id} eq 'holdout') { $held //= $id } else { $met //= $id }
}
my $n = grep { $_ eq 'holdout' } values %arm;
cmp_ok $n, '>', 70, 'about half are held out (more than 70 of 200)';
cmp_ok $n, '<', 130, 'about half are held out (fewer than 130 of 200)';

my @same = map { $t->get($t->cancel_uri($_))->{status} } 300 .. 309;
is scalar(grep { $_ != $same[0] } @same), 0, 'all orders of a customer are in one arm';
is $t->get($t->cancel_uri($held))->{status}, 302, 'and stay there';

# byte for byte, but for the date
my $strip = sub { $_[0] =~ s/^Date: .*\r\n//mr };
my $uri = $t->cancel_uri($held);
$t->forget_upstream;
my $mine = $t->get($uri);
my ($sent) = $t->upstream_requests;
$t->forget_upstream;
my $theirs = $t->get("/unwatched$uri");
my ($plain) = $t->upstream_requests;
is $strip->($mine->{raw}), $strip->($theirs->{raw}), "the holdout's answer is the store's";
is $sent->{head}, $plain->{head}, "and the store's request is the visitor's";

is $t->event($held, 'exposed')->{arm}, 'holdout', 'an exposure is recorded in the holdout';
is $t->event($met, 'exposed')->{arm}, 'treatment', 'and in the treatment';

# the same checks come before the arm in both
my $exposed = () = grep { $_->{kind} eq 'exposed' } $t->events($held);
$t->get($t->cancel_uri($held, key => 'wrong'));
is scalar(grep { $_->{kind} eq 'exposed' } $t->events($held)), $exposed, 'a stranger is no exposure';

# observe, off, and a variable
$t->redis('DEL', $t->key('ev', "shop/$met"));
my $a = $t->get("/observed" . $t->cancel_uri($met));
is $a->{status}, 302, 'observing passes';
is $t->event($met, 'exposed')->{mode}, 'observe', 'and records what would have been shown';
ok $t->logged(qr/pass-observe/), 'and says so';
is $t->get("/observed" . $t->cancel_uri($met), headers => ['Sec-Purpose: prefetch'])->{status}, 302, 'it does not even stop a prefetch';
is $t->get("/off" . $t->cancel_uri($met))->{status}, 302, 'off passes';
ok $t->logged(qr/ 302 - /), 'and knows nothing';
is $t->get("/var" . $t->cancel_uri($met) . '&mode=on')->{status}, 200, 'a variable can say on';
is $t->get("/var" . $t->cancel_uri($met) . '&mode=off')->{status}, 302, 'or off';
is $t->get("/var" . $t->cancel_uri($met) . '&mode=nonsense')->{status}, 302, 'nonsense is off';

# arms beside the holdout: what is shown differs, who is exposed does not

$t->stop;
$t = OrderSave::Nginx->new(campaign => {experiment => {name => 'x2', holdout => 20, arms => [{id => 'a', weight => 3}, {id => 'b'}]}, offers => [
    {id => 'one', reasons => ['*'], arms => ['a'], give => {request => {}}}, {id => 'two', reasons => ['*'], arms => ['b'], give => {request => {}}, when => {min_total => {EUR => '40.00'}}},
    {id => 'both', reasons => ['*'], give => {request => {}}, when => {countries => ['FR']}}]})
    ->start_redis->start_upstream(sub { $answer });
$t->start_nginx(server => $t->woo);
my (%in, %page);
for my $id (1 .. 120) {
    $t->order($id, customer => "customer-$id", $id % 2 ? () : (total => 1000));
    my $got = $t->get($t->cancel_uri($id));
    my $arm = $t->event($id, 'exposed')->{arm} // 'none';
    push @{$in{$arm}}, $id;
    $page{$id} = join ' ', $got->{status}, do { my %s; grep { !$s{$_}++ } $got->{body} =~ /value="accept:(\w+)"/g };
}
is join(' ', sort keys %in), 'a b holdout', 'each order is exposed in one of three';
cmp_ok scalar @{$in{a}}, '>', 2 * @{$in{b}} - 12, 'in about the shares that are set';
is join(' ', sort keys %{{map { $page{$_} => 1 } @{$in{a}}}}), '200 one', 'the one meets its offer';
is join(' ', sort keys %{{map { $page{$_} => 1 } grep { $_ % 2 } @{$in{b}}}}), '200 two', 'the other one its own';
is join(' ', sort keys %{{map { $page{$_} => 1 } grep { $_ % 2 == 0 } @{$in{b}}}}), '302', 'or the store, where its own is not for the order';
is join(' ', sort keys %{{map { $page{$_} => 1 } @{$in{holdout}}}}), '302', 'and the holdout the store';
my ($small) = grep { $_ % 2 == 0 } @{$in{b}};
is_deeply $t->event($small, 'exposed')->{offers}, [], 'an exposure says what was shown';

$t->stop;
done_testing;
