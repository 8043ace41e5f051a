# An order whose webhook has not come yet (WooCommerce sends it by WP-Cron,
# minutes later): who looks at it has it read from the store's API at once. The
# panel's place fills by itself, an offer is there at a reload. What no store
# has is asked for once in a while; nobody has more than a few looked for.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

# the mail after a cancel reads the order as well: not while readings are counted
my $t = OrderSave::Worker->new(campaign => {follow_up => {cancelled => {after => '1h', email => JSON::PP::true}}})->start(store => ['--cancellable', 'pending,processing,on-hold']);
my $store = $t->{demo}->url =~ s{^http://}{}r;
$t->start_nginx(http => "map \$http_x_from \$from { '' 127.0.0.1; default \$http_x_from; }", server => <<"EOT");
        set_real_ip_from 127.0.0.1;
        real_ip_header X-From;
        ordersave_cancel   \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        ordersave_proof    \$ordersave_arg_order;
        ordersave_anchor   before .woocommerce-order-details;
        proxy_set_header   Host \$http_host;
        location / { proxy_pass http://$store; }
        location ~ ^/checkout/order-received/(?<received>[0-9]+)/ {
            ordersave_track on; ordersave_order_id \$received; ordersave_proof \$arg_key; proxy_pass http://$store;
        }
        location ~ ^/my-account/view-order/(?<viewed>[0-9]+)/ {
            ordersave_track on; ordersave_order_id \$viewed; ordersave_shown mark.order-number; proxy_pass http://$store;
        }
        location /track-order/ {
            ordersave_track on;
            ordersave_order_id \$ordersave_arg_orderid\$ordersave_body_orderid by=number;
            ordersave_proof \$ordersave_arg_order_email\$ordersave_body_order_email by=email; proxy_pass http://$store;
        }
        location /ordersave/ { ordersave_api on; }
EOT

sub placed { return $t->{demo}->order(locale => 'en', customer => 'ada', @_) }
sub path { $_[0] =~ s{^https?://[^/]+}{}r }
sub received { my ($o) = @_; return "/checkout/order-received/$o->{order}{id}/?key=$o->{order}{order_key}" }
sub asks { my ($path) = @_; return scalar grep { $_->{line} =~ m{^GET /wp-json/wc/v3/orders/\Q$path\E(?:\s|\?)} } @{$t->{demo}->requests} }

# What the script of an open page does: it asks until there is something.
sub filled {
    my ($page) = @_;
    my ($url) = $page->{body} =~ /data-panel="([^"]+)"/ or return;
    my $first = $t->get($url, bare => 1);
    my $answer;
    $t->wait_for('the panel', sub { ($answer = $t->get($url, bare => 1))->{status} != 204 });
    return ($first, $answer, $page->{body} =~ m{href="(/ordersave/track/[^"]+)"});
}

# by its key, in the page after the checkout

my $o = placed();
my $page = $t->get(received($o));
like $page->{body}, qr/<ordersave-panel [^>]*data-version=""/, 'an order that nobody knows: a place is kept';
like $t->logged(qr/order-received/), qr/ 200 panel-late /, '  says the log';
my ($first, $panel) = filled($page);
is $panel->{status}, 200, 'it fills by itself';
like $panel->{body}, qr/<h2/, '  with the panel';
is $t->record($o)->{state}, 'open', 'the order was read from the store';
is asks($t->id($o)), 1, '  once';
$page = $t->in_time(sub { $t->get(received($o)) });
unlike $page->{body}, qr/data-version=""/, 'a reload has it in the page';
$t->webhook($o->{order}, topic => 'order.created');
$t->settled;
is asks($t->id($o)), 1, 'the webhook that comes later asks for nothing';

# by the number that the store's page shows, and by the form's e-mail

$o = placed();
$page = $t->get(path($o->{view_url}), headers => ["Cookie: $o->{cookie}"]);
($first, $panel) = filled($page);
is $panel->{status}, 200, "the page of one's account";

$o = placed();
my ($nonce) = $t->get('/track-order/')->{body} =~ /name="woocommerce-order-tracking-nonce" value="([^"]+)"/;
$page = $t->post('/track-order/', [[orderid => $t->id($o)], [order_email => $o->{order}{billing}{email}], [track => 'Track'],
    ['woocommerce-order-tracking-nonce' => $nonce]]);
($first, $panel) = filled($page);
is $panel->{status}, 200, 'the form with the e-mail';
my $tries = $t->key('tries:shop/' . $t->id($o), 'shop/' . $t->id($o));
ok $t->wait_for('the tries that come back', sub { ($t->redis('GET', $tries) // 0) == 0 }), '  and nobody has guessed';

# a stranger sees the same as where there is no order, until it is too late

my $page_of = sub { my ($id, $key) = @_; $t->get("/checkout/order-received/$id/?key=$key") };
$o = placed();
$page = $t->get(received($o) =~ s/key=.*/key=wc_order_nonsense/r);
unlike $page->{body}, qr/ordersave-panel/, "a wrong key: the store shows no order, and so do we not";
is asks($t->id($o)), 0, '  and nobody asks for it';

# an offer does not wait; a reload has it

$o = placed(status => 'pending');
my $uri = path($o->{cancel_url});
my $pass = $t->get($uri =~ s/_wpnonce=[^&]*/_wpnonce=none/r, headers => ["Cookie: $o->{cookie}"]);
unlike $pass->{body}, qr/ordersave_token/, 'a cancel of an order that nobody knows goes to the store';
ok $t->wait_for('the order', sub { (($t->record($o) // {})->{state} // '') eq 'open' }), 'and the order is read';
like $t->get($uri, headers => ["Cookie: $o->{cookie}"])->{body}, qr/ordersave_token/, 'a reload has the offer';
is asks($t->id($o)), 1, '  after one reading';

# what no store has

my @by = (headers => ['X-From: 192.0.2.7']);
sub lookup { my ($number, $from) = @_; return $t->post('/ordersave/track', [[ordersave_number => $number], [ordersave_secret => 'ada@example.org']], headers => ["X-From: $from"]) }
is lookup(990001, '192.0.2.7')->{status}, 404, 'an order that is none';
ok $t->wait_for('the question', sub { asks(990001) == 1 }), 'the store is asked for it';
$t->settled;
is lookup(990001, "192.0.2.$_")->{status}, 404, 'again, from elsewhere' for 8 .. 10;
lookup(990002, '192.0.2.7');
ok $t->wait_for('the question', sub { asks(990002) == 1 }), 'another number is asked for';
$t->settled;
is asks(990001), 1, 'the first is known to be none, for a while';
my ($sought) = $t->key('sought:shop/990001', 'shop/990001');
cmp_ok $t->redis('TTL', $sought), '>', 100, '  of some minutes';
$t->redis('DEL', $sought);
lookup(990001, '192.0.2.77');
ok $t->wait_for('the question', sub { asks(990001) == 2 }), 'after it, it is asked for again';

# the page that waits for it gives up

my $claim = {p => 'panel', s => 'shop', o => '990003', l => 'en', n => '990003', v => 'owner', x => time + 600};
is $t->get('/ordersave/panel/' . $t->sign({%$claim, w => time + 30}), bare => 1)->{status}, 204, 'who waits is told to ask again';
is $t->get('/ordersave/panel/' . $t->sign({%$claim, w => time - 1}), bare => 1)->{status}, 403, 'a minute later there is none';
is $t->get('/ordersave/track/' . $t->sign({%$claim, p => 'track', w => time + 30}))->{status}, 503, 'the link, without a script: come again';

# nobody has more than a few looked for

lookup(991000 + $_, '192.0.2.99') for 1 .. 13;
$t->settled;
my $n = grep { asks(991000 + $_) } 1 .. 13;
is $n, 10, 'one visitor has ten looked for in a minute';
lookup(992000, '192.0.2.100');
ok $t->wait_for('the question', sub { asks(992000) == 1 }), 'another may still';
$t->redis('SET', $t->key('seeks:shop', 'shop/seeks'), 118, 'EX', 1000);
lookup(993000 + $_, "198.51.100.$_") for 1 .. 5;
$t->settled;
is scalar(grep { asks(993000 + $_) } 1 .. 5), 2, 'and there is a most for all of a store';

$t->kill_now('worker');
$t->stop;
done_testing;
