package Pages;

# The pages of the splice benchmark, the same bytes every time.
#
#   dense  a tag every 30 to 40 bytes, nothing but markup and text
#   shop   half of it inline script, style and JSON, as shops' pages are
#   woo    the shape of a WooCommerce cart: a long head, blocks of JSON, rows
#
# Each has a <div class="order-end"> near its end and a </head> and
# <div class="order-top"> near its top.

use strict;
use warnings;
use v5.30;

use Exporter 'import';

our @EXPORT = qw(page tags);

my @words = qw(stoneware mug candle beeswax linen towel oak board copper kettle
    wool blanket glass carafe walnut tray ceramic plate cotton apron);

my $state;
sub number { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return ($state >> 8) % $_[0] }
sub words { return join ' ', map { $words[number(scalar @words)] } 1 .. $_[0] }

sub card {
    my $id = 1000 + number(9000);
    my ($name, $more, $text) = (words(3), words(4), words(9));
    return <<EOT;
<li class="product type-product post-$id">
<a href="/product/$id/$words[number(20)]" class="card-link" data-id="$id">
<img src="/images/products/$id.jpg" alt="$name" width="300" height="300">
<h3 class="card-title">$name</h3></a>
<p class="card-text">$text</p>
<span class="price"><bdi>EUR $id.50</bdi></span>
<button type="button" class="button add" value="$id">Add to cart: $more</button>
</li>
EOT
}

sub script {
    my $id = number(100000);
    my $items = join ',', map {
        my $n = number(100000);
        qq({"id":$n,"name":"@{[words(3)]}","url":"https:\\/\\/shop.test\\/product\\/$n","price":{"value":"$n.00","currency":"EUR"},"tags":["$words[number(20)]","$words[number(20)]"]})
    } 1 .. 6;
    return <<EOT;
<script>window.shop=window.shop||{};(function(w,d){var a=[],i=0,n=$id;for(i=0;i<n&&a.length<50;i++){a.push({k:i,v:d.getElementById("row-"+i)});}w.shop.rows$id=a;if(n>9&&w.ga){w.ga("send","event","view",n);}})(window,document);</script>
<script type="application/json" id="data-$id">{"items":[$items],"total":$id}</script>
<style>.row-$id\{display:flex;margin:0 auto;padding:4px 8px;color:#333}.row-$id>a:hover{text-decoration:underline}\@media (min-width:600px){.row-$id\{padding:8px 16px}}</style>
EOT
}

sub head {
    my ($title) = @_;
    return <<EOT;
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<link rel="stylesheet" href="/style.css"></head>
<body class="shop"><header class="top"><div class="order-top">Orders</div></header>
<main class="content"><ul class="products">
EOT
}

my $foot = <<'EOT';
</ul><div class="order-end"><p>Thank you for your order.</p></div>
</main><footer><p>A shop</p></footer>
</body>
</html>
EOT

sub page {
    my ($kind, $size) = @_;
    $state = 42;
    my $text = head($kind);
    if ($kind eq 'woo') {
        $text =~ s{(?=</head>)}{join '', map { script() } 1 .. 12}e;
    }
    while (length($text) < $size - length($foot)) {
        if ($kind eq 'dense') {
            $text .= card();
        } elsif ($kind eq 'shop') {
            $text .= card() . card() . card() . card() . '<li>' . script() . "</li>\n";
        } else {
            $text .= card() for 1 .. 5;
            $text .= '<li>' . script() . "</li>\n" if number(3) == 0;
            $text .= "<!-- row " . words(12) . " -->\n";
        }
    }
    return $text . $foot;
}

# how many bytes a tag, for whoever wants to see
sub tags { my ($text) = @_; my $n = () = $text =~ /</g; return length($text) / $n }

1;
