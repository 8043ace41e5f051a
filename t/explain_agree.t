# What `ordersavectl explain` says of an order is what its page shows: orders
# and campaigns by lot, with pools and budgets that are full, low and empty.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Nginx;

my $seed = $ENV{ORDERSAVE_SEED} // 20251129;
srand $seed;
sub one { $_[rand @_] }
sub maybe { rand() < $_[0] ? @_[1 .. $#_] : () }

my $json = JSON::PP->new->canonical->utf8;
my ($campaigns, $orders) = ($ENV{ORDERSAVE_FULL} ? 12 : 3, 14);
my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

sub offer {
    my ($n) = @_;
    my $give = one({coupon => {pool => "pool$n", percent => '10'}}, {coupon => {pool => "pool$n", amount => {EUR => '4.00'}}},
        {discount => {percent => one('10', '0.01', '100')}}, {discount => {amount => {one('EUR', 'USD') => '2.00'}}},
        {free_shipping => {}}, {request => {}}, {link => {url => '/returns'}}, {request => {for => 'similar'}}, {next_order => {pool => "pool$n"}},
        {request => {for => one('address', 'remove', 'quantity')}}, {request => {for => 'credit', bonus => '10'}});
    $give->{info} = {about => 'products'}, delete $give->{link} if $give->{link} && rand() < 0.5;
    my $grant = $give->{coupon} || $give->{discount} || $give->{free_shipping};
    my %when = (maybe(0.2, status => [one('pending', 'processing')]), maybe(0.2, payment => [one('unpaid', 'paid', 'on_delivery')]),
        maybe(0.2, min_total => {EUR => one('10.00', '50.00', '50.01')}), maybe(0.2, countries => [one('DE', 'FR')]),
        maybe(0.2, products => [one('7', '8')]), maybe(0.15, methods => [one('bacs', 'cod')]), maybe(0.15, discounted => one(JSON::PP::true, JSON::PP::false)),
        maybe(0.15, first_order => one(JSON::PP::true, JSON::PP::false)), maybe(0.15, categories => [one('Home', 'Toys')]), maybe(0.1, in_stock => one(JSON::PP::true, JSON::PP::false)), maybe(0.15, min_age => one('1m', '2h')), maybe(0.15, max_age => one('3h', '4d')));
    my %limit = (maybe(0.3, per_customer => 1), $grant ? maybe(0.5, budget => {EUR => '20.00', maybe(0.5, USD => '20.00')}) : ());
    return {id => "o$n", reasons => ['*'], give => $give, maybe(0.3, arms => [one('a', 'b')]), maybe(0.5, when => \%when), (%limit && !$give->{link} && !$give->{info} ? (limit => \%limit) : ()),
        maybe(0.3, stacks => JSON::PP::true)};
}

my (@servers, @stores);
for my $n (1 .. $campaigns) {
    my $campaign = $t->campaign(store => "s$n", offers => [map { offer($_) } 1 .. 1 + int rand 5],
        eligible => {status => ['pending', 'processing'], maybe(0.3, max_total => {EUR => '60.00'}), maybe(0.3, shipped => JSON::PP::true),
            maybe(0.3, max_age => '1d')},
        experiment => {name => 'x', holdout => one(0, 50), arms => [{id => 'a'}, {id => 'b', weight => 2}]}, maybe(0.3, cap => {percent => one('5', '10', '20')}), maybe(0.12, state => 'observe'));
    $t->write("s$n.json", $json->encode($campaign));
    push @stores, $campaign;
    # a campaign that observes is for a server that does
    my $mode = ($campaign->{state} // '') eq 'observe' ? 'ordersave_mode observe;' : '';
    push @servers, "server { listen 127.0.0.1:PORT; server_name s$n; ordersave_store s$n; $mode"
        . " ordersave_campaign $t->{dir}/s$n.json; ordersave_key_file $t->{dir}/keys;\n" . $t->woo . "}\n";
}

$t->{port} = OrderSave::Nginx::free_port();
my $servers = join('', @servers) =~ s/PORT/$t->{port}/gr;
$t->start_nginx(server => $t->woo, http => $servers);
$t->write('worker.json', $json->encode({redis => {host => '127.0.0.1', port => $t->{redis_port}}, share => $t->{share},
    key_file => "$t->{dir}/keys", stores => {map { ("s$_" => {campaign => "$t->{dir}/s$_.json"}) } 1 .. $campaigns}}));

my ($bin, $asked, %met) = ($ENV{ORDERSAVE_BIN} // 'build', 0);
for my $campaign (@stores) {
    local $t->{store} = my $store = $campaign->{store};
    for my $id (1 .. $orders) {
        my $what = "$store/$id";
        for my $offer (@{$campaign->{offers}}) {
            my $pool = ($offer->{give}{coupon} // $offer->{give}{next_order} // {})->{pool};
            $t->redis('RPUSH', $t->key("pool:$store/$pool", $what), "A$id") if $pool && rand() < 0.7;
            for my $currency (keys %{$offer->{limit}{budget} // {}}) {
                my $left = one(undef, -5, 0, 1, 89, 90, 199, 200, 201, 499, 500, 501, 2000) // next;
                $t->redis('SET', $t->key("budget:$store/$offer->{id}/$currency", $what), $left);
            }
        }
        my $order = $t->order($id, payment => one(qw(unpaid authorised paid on_delivery)), status => one(qw(pending pending processing failed)),
            currency => one(qw(EUR EUR USD)), total => one(900, 5000, 5001, 7000), shipping => one(0, 500), country => one('DE', 'FR'),
            maybe(0.5, pay_method => one('bacs', 'cod')), maybe(0.2, discount => 300), maybe(0.1, state => 'closed'), maybe(0.2, shipped => JSON::PP::true), maybe(0.15, refunds => 100), maybe(0.2, coupons => ['X']),
            maybe(0.2, placed => int(time) - 3 * 86400), maybe(0.5, items => [{id => '7', name => 'A lamp', category => one('Home', 'Home > Lamps', 'Homes', 'Toys')}]),
            maybe(0.4, save => {maybe(0.5, used => {one("o1", "o2") => {n => 1, at => int(time) - 60}}), maybe(0.5, before => 2)}), maybe(0.3, track => {out => 1}));
        $t->redis('SET', $t->decision_key($id), '{"v":1,"state":"cancelled"}') if rand() < 0.1;
        # what the catalog knows: what was bought, or what can be chosen instead of it, or not
        my @shelf = (['b', 7, '', '', 'A lamp'], ['s', 9, '', 7, 'Another', 'A lamp'], ['s', 9, '', '', 'A dearer one']);
        $t->redis('SET', $t->key("shelf:$store/$id", $what), join '', map { my @l = (@$_, ('') x (14 - @$_)); join("\t", @l) . "\n" } grep { rand() < 0.4 } @shelf);
        # a reload, too: what its page has set apart is this order's own
        for my $time (1, 2) {
            my $page = $t->get($t->cancel_uri($id), host => $store);
            my $text = qx{$bin/ordersavectl -c $t->{dir}/worker.json explain $what 2>&1};
            my ($says) = $text =~ /^page: (.*)$/m;
            $met{$says // 'nothing'}++;
            my $line = ++$asked;
            $t->wait_for("log line $line", sub { (my @lines = $t->access) >= $line });
            my ($offers) = ($t->access)[-1] =~ / \[([^\]]*)\] \[[^\]]*\] \[$id\]$/;
            my $want = $page->{status} == 200 ? join(' ', split /,/, $offers) : $page->{status} == 302 ? 'none' : $page->{status};
            is(($says // '') =~ s/^none.*/none/r, $want, "$what" . ($time == 2 ? ' again' : '') . ': ' . ($says // '')) or diag $text, ($t->access)[-1], "\n", $json->encode($order), "\n", $json->encode($campaign);
        }
    }
}

my ($none, $pages) = (0, 0);
/^none/ ? $none++ : ($pages += $met{$_}) for keys %met;
cmp_ok $none, '>=', 3, 'many a reason for no page was met: ' . join '; ', sort grep { /^none/ } keys %met;
cmp_ok $pages, '>=', 4, 'and many a page';

$t->stop;
done_testing;
