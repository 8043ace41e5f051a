# What an order brings into a page: addresses of http, https or the store alone;
# and orders of more shapes than are kept compiled.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my $page = '<!DOCTYPE html><html><body><p class="order">Order</p></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: @{[length $page]}\r\n\r\n$page";
});
$t->start_nginx(server => $t->woo . <<'EOT');
        location /order/ {
            ordersave_cancel off; ordersave_track on; ordersave_anchor after .order;
            proxy_pass http://store;
        }
EOT

my $id = 100;
sub pages {
    my (%item) = @_;
    $id++;
    $t->order($id, items => [{id => '7', name => 'Blue mug', quantity => 1, total => 4500, %item}],
        track => {milestone => 'shipped', at => {confirmed => time - 9000, shipped => time - 5000},
            parcels => [{number => "JD$id", carrier => 'nobody', milestone => 'shipped', at => {shipped => time - 5000}, url => $item{url}, log => []}]});
    my $panel = $t->in_time(sub { $t->get("/order/?order_id=$id&order=wc_order_$id") })->{body};
    my $json = $t->get($t->cancel_uri($id), bare => 1, headers => ['Accept: application/vnd.ordersave+json'])->{body};
    return ($t->get($t->cancel_uri($id))->{body}, $json, $panel);
}

my @where = ('the offer page', 'its JSON', 'the panel');
for my $bad ('javascript:alert(1)', 'JAVASCRIPT:alert(1)', 'data:text/html,<script>alert(1)</script>', "java\nscript:alert(1)", ' javascript:alert(1)',
             'vbscript:alert(1)', "\x01javascript:alert(1)") {
    my $n = 0;
    for my $page (pages(url => $bad, image => $bad)) {
        like $page, qr/Blue mug|JD\d+/, "$where[$n] with the item";
        unlike $page, qr/script:alert|data:text\/html|java/i, 'without that address';
        $n++;
    }
}
my @good = pages(url => 'https://shop.test/mug', image => '/mug.svg');
like $good[0], qr{/mug\.svg}, 'a picture of the store is there';
like $good[1], qr{https:(\\?/){2}shop\.test\\?/mug}, 'and a link of https';
like $good[2], qr{https://shop\.test/mug}, 'in the panel as well';

# one more shape than one more than are kept, all of them twice, and one always
my @shape = map { my $n = $_; [map { +{$n & 1 << $_ ? (image => "/$_.svg") : (), id => "$_", name => "Mug $_", quantity => 1, total => 100} } 0 .. 8] } 0 .. 299;
$t->order(1000 + $_, items => $shape[$_]) for 0 .. $#shape;
my ($wrong, $first) = (0);
for my $round (1, 2) {
    for my $n (0 .. $#shape) {
        my $page = $t->get($t->cancel_uri(1000 + $n))->{body};
        my @pictures = sort $page =~ m{src="/(\d)\.svg"}g;
        $wrong++ unless "@pictures" eq join ' ', grep { $n & 1 << $_ } 0 .. 8;
        next if $n % 10;
        my $always = $t->get($t->cancel_uri(1000))->{body} =~ s/value="k1\.[^"]*"//gr;
        $first //= $always;
        $wrong++ unless $always eq $first;
    }
}
is $wrong, 0, 'orders of 300 shapes have each their own page';

$t->stop;
done_testing;
