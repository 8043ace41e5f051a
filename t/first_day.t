# long
# A shop's first day in a bare Debian, by what README, init and docs/operation.md
# say and nothing else: from apt install to a cancel that is met, on the clock;
# then purged. The shop is the demo's store, its mail server the demo's sink.

use strict;
use warnings;
use lib 't/lib';

use Demo;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Patience;
use OrderSave::Ports qw(free_port);
use OrderSave::Root;

plan skip_all => $_ for OrderSave::Root::lacks();

my $json = JSON::PP->new->utf8->canonical->pretty;
my $root = OrderSave::Root->new->make;
$root->packages;

# what a shop has before: a store, a mail server, and an nginx of its own soon
my ($port, $redis) = (free_port(), free_port());
my $site = "http://127.0.0.1:$port";
my $store = Demo->store('--hold', 0, '--url', $site);
my $sink = Demo->sink;

my ($begun, $last) = (time) x 2;
sub lap { my ($what) = @_; my $now = time; note sprintf '%5.1f s  %s', $now - $last, $what; $last = $now }

# 1. installed

my ($out, $rc) = $root->inside('cd /packages/new && apt-get update -qq && apt install -y -qq -o Dpkg::Use-Pty=0 ./*.deb');
is $rc, 0, 'apt install ./*.deb' or die $out;
ok -x $root->path("/usr/$_"), "$_ is there" for qw(sbin/nginx bin/redis-server sbin/ordersave-worker bin/ordersavectl);
lap('apt install');

# 2. its first files

($out, $rc) = $root->inside("ordersavectl init --yes --site $site --name 'Mugs & more' --address 'Road 1, Town' --country FR"
    . " --from 'Mugs <orders\@mugs.test>' --support help\@mugs.test --backend $store->{url} --redis 127.0.0.1:$redis --smtp 127.0.0.1:" . $sink->smtp_port);
is $rc, 0, 'ordersavectl init' or die $out;
my $said = $out;
lap('init');

# 3. what it says is left to do: the key of the API, Redis' log, nginx, webhooks, the worker

my ($key) = $said =~ m{of the shop's API into (\S+):};
is $key, '/etc/ordersave/api-key', 'it says where the key goes';
$root->write($key, "$store->{key}\n");

my @redis = $said =~ /^ +(redis-cli .*)$/mg;
is scalar @redis, 3, 'it says what Redis needs';
$root->write('/etc/redis/redis.conf', $root->read('/etc/redis/redis.conf') =~ s/^port 6379$/port $redis/mr);

my ($http, $server) = $said =~ m{include (\S+) in http \{ \}, and\s+(\S+) in the server \{ \}};
$root->write('/etc/nginx/conf.d/shop.conf', <<"CONF");
include $http;
server {
    listen 127.0.0.1:$port;
    server_name 127.0.0.1;
    include $server;
    location / { proxy_pass $store->{url}; }
}
CONF
unlink $root->path('/etc/nginx/sites-enabled/default');
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx -t' or die $out;

# as its unit does, which systemd runs
$root->start('redis', ['redis'], 'redis-server', '/etc/redis/redis.conf', '--supervised', 'no', '--daemonize', 'no');
$root->start('nginx', [], 'nginx', '-g', 'daemon off;');
ok await(sub { $root->inside("redis-cli -p $redis ping") =~ /PONG/ }), 'Redis runs';
for my $line (@redis) {
    ($out) = $root->inside($line);
    is $out, "OK\n", $line;
}
ok await(sub { $store->request('GET', "$site/")->res->code }), 'nginx runs';

my ($hook) = $said =~ m{Delivery URL of both: (\S+)};
my ($secret) = $said =~ m{the line in (\S+)};
$store->control('POST', '/webhooks', {url => $hook, secret => $root->read($secret) =~ s/\n//r, topics => ['order.created', 'order.updated']});
my ($start) = $said =~ /systemctl enable --now (ordersave-worker)/;
$root->start_unit($start);
lap('nginx, Redis and the worker');

# 4. one order, and check --live

my $first = $store->order(customer => 'ada', status => 'processing');
my ($check) = $said =~ /^ +(ordersavectl .*check --live)$/m;

# its webhook may be on its way still

my $ok = await(sub { ($out, $rc) = $root->inside($check); $rc == 0 && $out =~ /the last webhook came/ });
ok $ok, 'check --live: all is well';
unlike $out, qr/^not ok/m, 'and green' or diag $out;
like $out, qr/^ok - $_/m, "it says $_" for 'the store\'s API lets us in', 'nginx/\S+ runs release', 'worker/\S+ runs release', 'shop/woocommerce: the last webhook came', 'shop: webhooks of woocommerce to \S+/ordersave/in/woocommerce reach a worker', 'shop: 127\.0\.0\.1 takes a mail to help';
note $out;
my ($mail) = @{$sink->messages(1, to => 'help@mugs.test')};
is $mail->{subject}, 'Test of ordersave', 'its mail has come';
lap('check --live');

# 5. the campaign observes; taken out of that, a cancel is met

my $seen = $store->request('GET', $first->{cancel_url}, {Cookie => $first->{cookie}})->res;
unlike $seen->body, qr/name="ordersave_token"/, 'the shop looks as before: the campaign observes';
my ($campaign) = $said =~ m{"state" out of (\S+?)\.\s};
my $c = $json->decode($root->read($campaign));
is delete $c->{state}, 'observe', 'until that is taken out';
$root->write($campaign, $json->encode($c));
($out, $rc) = $root->inside($check);
like $out, qr/^not ok - nginx\S* has the campaign of shop as it is: .*systemctl reload nginx$/m, 'which nginx must be told';
$root->signal('nginx', 'HUP');
$root->signal($start, 'HUP');
ok await(sub { ($out, $rc) = $root->inside($check); $rc == 0 }), 'and was' or diag $out;

# a tenth of the buyers is left alone, to compare with: one of eight is met
my ($page, $order);
for my $n (1 .. 8) {
    $order = $store->order(customer => 0, billing => {email => "b$n\@mugs.test", first_name => 'Bo'});
    my $id = $order->{order}{id};
    await(sub { ($root->inside("ordersavectl order show $id"))[1] == 0 }) or diag "order $id is not known";
    $page = $store->request('GET', $order->{cancel_url}, {(Cookie => $order->{cookie}) x !!$order->{cookie}, Accept => 'text/html', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document'})->res;
    last if $page->body =~ /name="ordersave_token"/;
}
is $page->code, 200, 'a cancel';
like $page->body, qr/name="ordersave_token"/, 'is met by a page of ours';
like $page->body, qr/Mugs &amp; more/, 'in the name of the shop';
is $store->status($order), 'pending', 'and the order is not cancelled yet';
lap('a cancel');

my $all = time - $begun;
cmp_ok $all, '<=', 600, sprintf 'from a bare Debian to a cancel that is met: %.0f seconds', $all;
diag sprintf 'first day: %.0f s', $all;

# 6. purged

my $spool = $root->inside('ls -A /var/lib/ordersave');
my $own = $root->inside('find /etc/ordersave -type f | sort');
is $root->stop($_), 1, "$_ stops when it is told" for $start, 'nginx';
unlink $root->path('/etc/nginx/conf.d/shop.conf');
($out, $rc) = $root->apt('purge', 'ordersave', 'libnginx-mod-http-ordersave', 'ordersave-data');
is $rc, 0, 'purged' or diag $out;
like $out, qr{^ordersave: /etc/ordersave has your own files and stays; Redis keeps the orders}m, 'which says what stays';
is $root->inside('find /etc/ordersave -type f | sort'), $own, "the shop's own";
is_deeply [grep { !m{^(?:/etc/ordersave(?:/|$)|/var/log/)} && !($spool && m{^/var/lib/ordersave}) } $root->files('ordersave')], [], 'and nothing else';
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx works without it' or diag $out;

done_testing;
