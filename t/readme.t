# What README and manuals show works as it stands: only paths and ports differ.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_base64);
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis(aof => 1)
    ->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
my $dir = $t->dir;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';

sub file { open my $fh, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$fh> }

my $readme = file('README.md');
my $worker = file('docs/ordersave-worker.8');
my ($http) = $readme =~ /^    load_module.*?\n\n(    http \{\n.*?^    \}\n)/ms;
my ($panel) = $readme =~ /^(    location ~ \^\/my-account.*?^    \}\n    location = .*?^    \}\n)/ms;
my ($synopsis) = file('docs/ngx_http_ordersave_module.3') =~ /^(http \{\n.*?^\})/ms;
my ($json) = $worker =~ /^(\{\n.*?^\})/ms;
my ($keys) = file('docs/operation.md') =~ /^( +for id in .*?keys)$/ms;

ok $http, 'README has an nginx.conf';
is $synopsis =~ s/\s+/ /gr, $http =~ s/\s+/ /gr =~ s/^ | $//gr, "the manual's is the same";
cmp_ok scalar(my @lines = $http =~ /^ {12}ordersave_/mg), '<=', 10, 'its server takes ten lines at most';

# as the manual says: the keys of two commands, the campaign of the demo, but
# with nobody left out: which buyers are depends on keys that are new each time

system 'bash', '-c', $keys =~ s{/etc/ordersave}{$dir}r;
is(() = $t->read('keys') =~ /^(?:k1|customer):\S{64}$/mg, 2, 'two keys');
my $shop = file('demo/campaign.json');
is $shop =~ s/"holdout": 10\b/"holdout": 0/, 1, 'a campaign for everyone';
$shop =~ s/Lumen & Loom/Cup and Saucer/g; # a shop's own words, as `check` asks
$shop =~ s/lumen\.example/cups.test/g;
$shop =~ s/COMEBACK15/CUPS15/g;
$t->write('shop.json', $shop);
$t->write('api-key', "ck_1:cs_1\n");
$t->write($_, "$_\n") for qw(hook-secret carrier-secret);

sub mine {
    my ($text) = @_;
    $t->{port} //= OrderSave::Nginx::free_port();
    return $text =~ s{/etc/ordersave}{$dir}gr =~ s/127\.0\.0\.1:6379/127.0.0.1:$t->{redis_port}/r
        =~ s/127\.0\.0\.1:8081/127.0.0.1:$t->{upstream_port}/gr;
}

sub conf {
    my ($block) = @_;
    my $conf = mine($block);
    $conf =~ s/http \{/http { access_log $dir\/logs\/access.log; ordersave_share $t->{share}; ordersave_spool $dir\/spool;
        client_body_temp_path $dir\/tmp\/b; proxy_temp_path $dir\/tmp\/p; fastcgi_temp_path $dir\/tmp\/f;
        uwsgi_temp_path $dir\/tmp\/u; scgi_temp_path $dir\/tmp\/s;/;
    $conf =~ s/server \{/server { listen 127.0.0.1:$t->{port};/;
    return ($ENV{ORDERSAVE_STATIC} ? '' : "load_module $t->{module};\n")
        . "user root; pid $dir/nginx.pid; error_log $dir/logs/error.log info; events {}\n$conf";
}

my $whole = $http =~ s/(\n    \}\n?)\z/$1/r;
$whole =~ s/^(        \}\n    \}\n?)\z/$panel$1/m;
$t->write('nginx.conf', conf($whole));
my ($ok, $said) = $t->nginx_test;
like $t->read('nginx.conf'), qr/ordersave_track/, "with the panel's lines in it";
ok $ok, 'nginx takes it' or diag $said;

$t->write('nginx.conf', conf($http));
($ok, $said) = $t->nginx_test;
ok $ok, 'nginx takes it' or diag $said;
$t->spawn('nginx', $t->{nginx}, '-p', $dir, '-c', "$dir/nginx.conf", '-g', 'daemon off;');
$t->wait_for('nginx', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) }) or die 'no nginx';
$t->order(19);
# a busy machine may need more than the 50 ms that a buyer waits
ok $t->wait_for('the offer page', sub { $t->get($t->cancel_uri(19))->{body} =~ /name="ordersave_token"/ }), 'a cancel meets the page';
is $t->get('/cart/?cancel_order=true&order=wc_order_19&order_id=19')->{body}, 'store', "a gateway's return passes";
is $t->get('/')->{body}, 'store', 'and any other page';
is $t->http('POST', '/ordersave/in/woocommerce', body => 'webhook_id=1')->{status}, 200, "the store's ping is answered";
my $hook = '{"id":20}';
is $t->http('POST', '/ordersave/in/woocommerce', body => $hook, headers => ['Content-Type: application/json',
    'X-WC-Webhook-Topic: order.created', 'X-WC-Webhook-Delivery-ID: d1',
    'X-WC-Webhook-Signature: ' . do { my $m = hmac_sha256_base64($hook, 'hook-secret'); $m .= '=' while length($m) % 4; $m }])->{status}, 202, 'and its webhooks are taken';

# the worker's

$t->write('worker.json', mine($json) =~ s/6379/$t->{redis_port}/r =~ s/("key_file")/"share": "$t->{share}", $1/r);
$said = `$bin/ordersave-worker -t -c $dir/worker.json 2>&1`;
is $?, 0, "the worker's configuration is well" or diag $said;
$said = `$bin/ordersavectl -c $dir/worker.json check 2>&1`;
is $?, 0, 'ordersavectl says so too' or diag $said;

$t->stop;
done_testing;
