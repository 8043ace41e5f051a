# ordersavectl page: where an anchor stands in a page, or why it does not; nginx
# puts its block there, and nowhere else.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $page = <<'EOT';
<!doctype html>
<html lang="en"><body>
<main class="shop">
<p class="intro">Thank you.
<span class="number">7</span></p>
<section class="woocommerce-order-details"><h2>Your order</h2></section>
<a href="/x"><em class="linked">y</em></a>
</main>
</body></html>
EOT
$t->write('page.html', $page);

my ($rc, $out, $err) = $t->ctl('page', $t->path('page.html'), 'before .woocommerce-order-details', 'append', '.shop');
is $rc, 0, 'both stand';
like $out, qr/^before \.woocommerce-order-details: line 6, in front of <section class="woocommerce-order-details">/m, 'with line and tag';
like $out, qr/^append \.shop: line 8, in front of <\/main>/m, 'two words are one anchor as well';

($rc, $out) = $t->ctl('page', $t->path('page.html'), 'before .number', 'after em.linked', 'before .order-details', 'before section.shop');
is $rc, 1, 'none of these stands';
like $out, qr/before \.number: nowhere: \.number is there, but nothing can go there: an open <p> of line 4 \(line 5\)/, 'an open <p>';
like $out, qr/after em\.linked: nowhere: .* an open <a> of line 7/, 'a link';
like $out, qr/before \.order-details: nowhere: no element has the class "order-details", though the word is in the page/, 'a name cut short';
like $out, qr/before section\.shop: nowhere: no element is all of it at once; the first that is a part of it stands at line 3/, 'another tag';

($rc, $out, $err) = $t->ctl('page', $t->path('page.html'));
is $rc, 2, 'no anchor';
like $err, qr/page: expected anchors, as "before \.summary", or --file/, 'is told';
($rc, $out, $err) = $t->ctl('page', $t->path('page.html'), '.summary');
is $rc, 2, 'no place';
like $err, qr/expected "before\|prepend\|append\|after SELECTOR", and not "\.summary"/, 'is told';
($rc, $out, $err) = $t->ctl('page', $t->path('page.html'), 'beside .summary');
like $out, qr/beside \.summary: .*expected/, 'another place';
($rc, $out, $err) = $t->ctl('page', $t->path('none.html'), 'before .shop');
is $rc, 1, 'no page';
like $err, qr/none\.html/, 'is told';

subtest 'of a configuration' => sub {
    $t->write('nginx-T', <<'EOT');
# configuration file /etc/nginx/nginx.conf:
http {
    server {   # a { comment; }
        location ~ ^/view-order/(?<id>[0-9]+) {
            ordersave_anchor before ".woocommerce-order-details";
            ordersave_anchor 'append' main;
            ordersave_anchor off;
        }
        location = /thanks { ordersave_insert withdraw append footer; add_header X "a;b{${uri}c"; }
    }
}
EOT
    my ($rc, $out, $err) = $t->ctl('--file', $t->path('nginx-T'), 'page', $t->path('page.html'));
    is $rc, 1, 'one does not stand';
    is $out, <<'EOT', 'each with its location';
location ~ ^/view-order/(?<id>[0-9]+): ordersave_anchor before .woocommerce-order-details: line 6, in front of <section class="woocommerce-order-details"><h2>Your order</h
location ~ ^/view-order/(?<id>[0-9]+): ordersave_anchor append main: line 8, in front of </main>
location = /thanks: withdraw append footer: nowhere: there is no <footer>
EOT
    $t->write('nginx-T', "http { }\n");
    ($rc, $out, $err) = $t->ctl('--file', $t->path('nginx-T'), 'page', $t->path('page.html'));
    is $rc, 1, 'without anchors';
    like $err, qr/no ordersave_anchor and no ordersave_insert in it/, 'is told';
};

subtest 'from an address' => sub {
    my $url = $t->{demo}->url;
    my ($rc, $out, $err) = $t->ctl('page', "$url/", 'append body');
    is $rc, 0, 'a page of the store' or diag $err;
    ($rc, $out, $err) = $t->ctl('page', "$url/not-there", 'append body');
    is $rc, 1, 'none';
    like $err, qr/not-there: 404.*a page that asks for a login can be saved in the browser/s, 'is told';
};

$t->stop;
done_testing;
