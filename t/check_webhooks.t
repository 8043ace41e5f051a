# check --live: a webhook that is nothing but a test goes through the real ingest,
# signed as its sender would, to a worker, which drops it. Whatever is in its way
# is told apart.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Ports qw(free_port);
use OrderSave::Worker;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Worker->new;
$t->{port} = free_port();
my $site = "http://127.0.0.1:$t->{port}";
$t->{overrides} = {site => $site, brand => {name => 'Shop'}};
$t->start(no_worker => 1, redis => {args => ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']});
my $share = $t->{share};
$t->configure(share => $share);
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;

my @sources = qw(woocommerce shopify shopware generic saleor aftership easypost shippo 17track ship24 karrio postmark twilio);
$t->write("$_.secret", "the secret + of % $_\n") for @sources;
my $modulus = 'v' x 342;
$t->write('jws.secret', "rs256:$modulus\n");
$t->write('server.secret', "none\n");
$t->start_nginx(server => $t->woo . join('', map { "location = /in/$_ { ordersave_ingest $_ secret_file=$t->{dir}/$_.secret; }\n" } @sources)
    . "location /in/signed/by/saleor { ordersave_ingest saleor secret_file=$t->{dir}/jws.secret; }\n"
    . "location ~ ^/some/(?<any>x+) { ordersave_ingest generic secret_file=$t->{dir}/generic.secret; }\n");
my $here = $t->shard_key(0, 'here');
ok $t->wait_for('both', sub { ($t->redis('HLEN', $here) // 0) >= 2 }), 'nginx and a worker tell that they are here';

sub live { my ($rc, $out, $err) = $t->ctl('check', '--live', @_); utf8::decode($_) for $out, $err; return ($out . $err, $rc) }
sub finds { my ($what, $source, $says, @words) = @_; my ($out, $rc) = live(@words); like $out, qr/^not ok - shop: webhooks of $source to \S+ reach a worker: $says/m, $what or diag $out; is $rc, 1, '  a finding'; return $out }
sub shards { my ($verb, $name) = @_; my $n = 0; $n += $t->redis($verb, $t->shard_key($_, $name)) // 0 for 0 .. 15; return $n }

# all that there are, however they sign

my ($out) = live();
like $out, qr/^ok - shop: webhooks of $_ to \Q$site\E\/in\/$_ reach a worker$/m, "$_: a test arrives" for @sources;
like $out, qr/^note - shop: webhooks of saleor to \S+\/in\/signed\/by\/saleor reach a worker: not tried: its sender alone can sign, as what is in \S+jws\.secret is a public key$/m, 'what we cannot sign is said';
unlike $out, qr/\bsome\b/, 'what has no name cannot be posted to';
like $out, qr/^not ok - shop: webhooks of woocommerce have come: none yet/m, 'a test is no webhook that has come';

# nothing is left of them

is shards(XLEN => 'in'), 0, 'none is left';
is shards(XLEN => 'ev'), 0, 'no event';
is_deeply $t->all('dead'), {}, 'no dead letter';
is_deeply $t->redis('HKEYS', $t->shard_key(0, 'heard')), [], 'nothing was heard';
my @orders = grep { /:o:/ } @{$t->redis('KEYS', '*')};
is_deeply \@orders, [], 'no order';
my @tested = grep { /:tested:/ } @{$t->redis('KEYS', '*')};
is scalar @tested, scalar @sources, 'that they came is known';
is scalar(grep { my $ttl = $t->redis('TTL', $_); $ttl <= 0 || $ttl > 300 } @tested), 0, 'for five minutes';

# what is more than a test is none

my $o = $t->{demo}->order(locale => 'en');
$t->webhook({%{$o->{order}}, ordersave_test => 'abc'});
ok $t->wait_for('it', sub { $t->record($o) }), 'an order that says so is an order';
$t->webhook({ordersave_test => 'a b'}, topic => 'order.created');
$t->webhook({ordersave_test => 'x' x 65}, topic => 'order.created');
ok $t->wait_for('all', sub { shards(XLEN => 'in') == 0 }), 'other words';
is scalar(grep { /:tested:/ } @{$t->redis('KEYS', '*')}), scalar @sources, 'are no test';
is_deeply $t->all('dead'), {}, 'nor do they fail';

# in its way

sub reloaded { my ($conf, $status) = @_; $t->write('nginx.conf', $conf); $t->reload; ok $t->wait_for("nginx to say $status", sub { $t->http('POST', '/in/generic', body => ' ' x 100_000)->{status} == $status }), 'nginx reads it anew' }
$t->write('generic.secret', "another\n");
finds('a secret that changed', 'generic', qr/401: nginx has another secret than \S+generic\.secret has now, .*: systemctl reload nginx$/m);
rename $t->path('generic.secret'), $t->path('away');
($out) = live();
like $out, qr/^note - shop: webhooks of generic to \S+ reach a worker: not tried: \S+generic\.secret: .*: nginx has its secret there; run this where nginx runs, as somebody who may read it$/m, 'a secret that cannot be read is no fault of the shop';
$t->write('generic.secret', "the secret + of % generic\n");

my $conf = $t->read('nginx.conf');
reloaded($conf =~ s/(location = \/in\/generic \{)/$1 client_max_body_size 64k;/r, 413);
$out = finds('a limit that is too low', 'generic', qr/413: a webhook of 128 KB is too long for it: client_max_body_size 4m there/);
like $out, qr/^ok - shop: webhooks of shopify to/m, 'which is one location\'s';
reloaded($conf, 401);

my %odd = (
    none => ['404 Not Found', '', '<h1>Not found</h1>', qr/404: there is no such location: nginx has it, but not in the server that answers to this name; --webhooks URL/],
    login => ['401 Unauthorized', 'WWW-Authenticate: Basic realm="Staging"', '<h1>401</h1>', qr/401: a login stands before it, Basic realm="Staging": let webhooks pass it/],
    wall => ['403 Forbidden', '', '<h1>Blocked</h1>', qr/403: a firewall, or "deny", refuses it/],
    cdn => ['413 Payload Too Large', '', '<h1>413</h1>', qr/413: a webhook of 128 KB is too long for it: .* and in what stands before it/],
    home => ['200 OK', '', '<h1>Welcome</h1>', qr/200: that is no answer of ours: something else is at this address/],
    moved => ['301 Moved Permanently', 'Location: https://www.shop.test/', '', qr{301: it sends on to https://www\.shop\.test/, and nobody follows: put the right address into --webhooks}],
    full => ['503 Service Unavailable', '', "try again later\n", qr/503: neither Redis nor the disk of nginx has taken it/],
    broken => ['502 Bad Gateway', '', '', qr/502: it fails itself/]);
for my $name (sort keys %odd) {
    my ($status, $more, $body, $says) = @{$odd{$name}};
    $t->start_upstream(sub { return "HTTP/1.1 $status\r\n" . ($more && "$more\r\n") . 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n$body" }, "odd_$name");
    finds($name, 'woocommerce', $says, '--webhooks', "http://127.0.0.1:" . $t->{"odd_${name}_port"});
}
finds('nobody is there', 'woocommerce', qr/.*: nothing listens there: is it up, is the port of --webhooks right/, '--webhooks', 'http://127.0.0.1:' . free_port());
finds('no such name', 'woocommerce', qr/.*: there is no such host: look at --webhooks/, '--webhooks', 'https://nowhere.invalid');
($out) = live('--webhooks', "$site/somewhere/else");
like $out, qr/^ok - shop: webhooks of woocommerce to \Q$site\E\/in\/woocommerce reach/m, 'of an address its host alone counts';

# nobody takes it

$t->kill_now('worker', 'TERM');
finds('no worker', 'woocommerce', qr/nginx took it, it waits in Redis with all there is \(\d+\), and no worker takes it: systemctl start ordersave-worker/);
$t->start_worker('again');
ok $t->wait_for('all', sub { shards(XLEN => 'in') == 0 }), 'once one runs it is dropped';
is_deeply $t->all('dead'), {}, 'and that is all';
$t->kill_now('again', 'TERM');

# taken out of Redis by somebody who knows no tests, as a worker of before does
$t->spawn('before', 'redis-cli', '-p', $t->{redis_port}, '-r', '-1', '-i', '0.05', 'EVAL',
    'for _, key in ipairs(redis.call("KEYS", "*:in")) do redis.call("XTRIM", key, "MAXLEN", 0) end', 0);
$t->redis('ZADD', $t->shard_key(0, 'workers'), int(time * 1000) + 3600_000, 'before');
$t->write('nginx.conf', $conf =~ s/^.*ordersave_ingest (?!woocommerce).*$//mgr);
$t->reload;
ok $t->wait_for('nginx', sub { join('', @{$t->redis('HVALS', $here)}) !~ m{/in/generic} }), 'one location alone';
finds('a worker that knows no tests', 'woocommerce', qr/nginx took it, and in this Redis it is not: does ordersave_redis name the Redis of worker\.json; .* or did a worker of an earlier release take it/);
$t->kill_now('before', 'TERM');
$t->redis('ZREM', $t->shard_key(0, 'workers'), 'before');
$t->start_worker('last');
($out) = live();
like $out, qr/^ok - shop: webhooks of woocommerce to/m, 'all is well again';

$t->allow(qr/is refused: |client intended to send too large body/) if $t->can('allow');
$t->stop;
done_testing;
