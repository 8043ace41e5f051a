# The shop's own layout as docs/recipes.md has it, with pages of the shapes that
# WooCommerce's classic and block themes and OpenCart print.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

sub file { open my $fh, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return scalar <$fh> }
my ($recipes) = file('docs/recipes.md') =~ /^## In the shop's own layout\n(.*)/ms;

my $store = sub { my ($head) = @_;
    my ($uri, $host) = ($head =~ m{^\S+ (\S+)}, $head =~ /^host: (\S+)/mi);
    my ($shape) = $head =~ /^cookie:.*\bshape=([\w-]+)/mi;
    my $page = $uri =~ m{^/my-account/|^/index\.php\?route=information/contact$} ? file("t/pages/shell-$shape.html") =~ s/HOST/$host/gr : '<html>store';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page" };

for my $shop (['classic theme', 'woocommerce-classic', qr/Mug &amp; Co.*Primary Navigation/s, qr/colophon/, qr/Username or email/],
              ['block theme', 'woocommerce-blocks', qr/Leaf.*Header navigation/s, qr/since 2009/, qr/Hello <strong>/],
              ['opencart', 'opencart', qr/Your Store.*Desktops/s, qr/Powered By/, qr/Contact Form/]) {
    my ($name, $shape, $above, $below, $gone) = @$shop;
    my ($directive) = $recipes =~ /^    # \Q$name\E\n    (.*)/m;
    my $t = OrderSave::Nginx->new->start_redis->start_upstream($store);
    $t->order(19);
    $t->start_nginx(server => "$directive proxy_set_header Host \$http_host;" . $t->woo =~ s/proxy_set_header Connection "";/proxy_set_header Connection ""; proxy_set_header Host \$http_host;/r);
    my $page = $t->get($t->cancel_uri(19), host => "127.0.0.1:$t->{port}", headers => ["Cookie: shape=$shape"]);
    my ($before, $ours, $after) = $page->{body} =~ m{^(.*)<template shadowrootmode="closed">(.*)</template>(.*)$}s;
    like $before // '', $above, "$name: its header and menu";
    like $ours // '', qr/ordersave_token/, "$name: our page";
    like $after // '', $below, "$name: its footer";
    unlike $page->{body}, $gone, "$name: nothing of what stood there";
    is +(() = $page->{body} =~ /<base /g), $name eq 'opencart' ? 1 : 0, "$name: no base of ours, so that links to a fragment stay here";
    is $t->status->{shell_shown}, 1, "$name: counted";
    $t->stop;
}

done_testing;
