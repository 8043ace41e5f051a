# As many offers as a token holds are taken, and one more is told when the
# campaign is read: by nginx -t, the worker and ordersavectl in the same words.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

# the longest names that there may be
sub offers {
    my ($n) = @_;
    return [map { my $id = sprintf 'offer-%026d', $_;
        {id => $id, reasons => ['*'], limit => {budget => {EUR => '2000000.00'}}, title => {en => "offer $_"},
         give => {coupon => {pool => sprintf('pool-%027d', $_ % 3), percent => '12.50'}}} } 1 .. $n];
}

sub campaign {
    my ($n, %more) = @_;
    $t->write('campaign.json', JSON::PP->new->pretty->canonical->encode($t->campaign(offers => offers($n), refund => {by => 'task'}, %more)));
}

campaign(64);
my ($ok, $text) = $t->try_config(server => $t->woo);
ok !$ok, 'nginx -t does not take 64 long ones';
my $said = qr{campaign\.json:\d+:\d+: /offers/(\d+): expected offers whose terms have at most 5696 bytes together: up to this one they may have 5\d\d\d; fewer offers, or shorter ids, pools and addresses};
like $text, $said, 'and says where, and what to do';
my ($most) = $text =~ $said or die;
cmp_ok $most, '>', 20, "$most fit";

$t->write('worker.json', JSON::PP->new->encode({redis => {host => '127.0.0.1', port => $t->{redis_port}}, share => $t->{share}, key_file => $t->path('keys'),
    smtp => {host => '127.0.0.1', port => 25, starttls => 'never'},
    stores => {shop => {campaign => $t->path('campaign.json')}}}));
my $bin = $ENV{ORDERSAVE_BIN} // "$OrderSave::Nginx::ROOT/build";
my $worker = "$bin/ordersave-worker -t -c $t->{dir}/worker.json 2>&1";
my $ctl = "$bin/ordersavectl -c $t->{dir}/worker.json check 2>&1";
like scalar(`$worker`), $said, 'the worker says it as well';
like scalar(`$ctl`), $said, 'and ordersavectl';

campaign($most);
like scalar(`$ctl`), qr/\A(?!.*terms have)/s, 'one less is well';
my @id = map { $_->{id} } @{offers($most)};

sub order {
    my ($id, $total, %more) = @_;
    my $what = "shop/$id";
    $t->redis('RPUSH', $t->key(sprintf('pool:shop/pool-%027d', $_), $what), map { "CODE-$_" } 1 .. 100) for 0 .. 2;
    $t->redis('SET', $t->key("budget:shop/$_/EUR", $what), 10 ** 15) for @id;
    $t->order($id, payment => 'paid', total => $total, items => [{id => '7', name => 'Blue mug', quantity => 1, total => $total - 1000}], %more);
}

sub shown { my ($page) = @_; my %shown = map { $_ => 1 } $page->{body} =~ /value="accept:([^"]+)"/g; my @all = sort keys %shown; return @all }

# orders that have all that is long
$t->start_nginx(server => $t->woo);
for my $char ('a', '"') {
    my $id = ($char eq 'a' ? 'm' : 'n') x 64;
    order($id, 999_999_999);
    my $page = $t->get($t->cancel_uri($id), headers => ['Referer: http://127.0.0.1/' . $char x 1000, 'Sec-Fetch-Site: same-origin']);
    is scalar(my @all = shown($page)), $most, 'all are shown';
    my $token = OrderSave::Nginx::token($page);
    cmp_ok length $token, '<=', 8192, 'the token is as long as may be';
    my $answer = $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:' . $id[-1]], [ordersave_token => $token], [ordersave_reason => 'costs']]);
    is $answer->{status}, 303, 'the last one can be taken';
    is decode_json($t->redis('GET', $t->decision_key($id)) // '{}')->{offer}, $id[-1], 'and is decided';
}

# what no shop's order has: it is not shown, and all that is shown is good
order("\x01" x 64, 900_000_000_000_000, proof => 'secret');
my $uri = $t->cancel_uri('%01' x 64, key => 'secret');
my $page = $t->get($uri);
my @shown = shown($page);
cmp_ok scalar(@shown), '<', $most, 'an odd order: ' . @shown . ' are shown';
is $t->post($uri, [[ordersave_do => "accept:$shown[-1]"], [ordersave_token => OrderSave::Nginx::token($page)], [ordersave_reason => 'costs']])->{status}, 303, 'and can be taken';

$t->allow(qr{/offers/\d+: expected offers whose terms});
$t->stop;
done_testing;
