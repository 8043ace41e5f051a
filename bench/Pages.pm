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

# nothing but tags and a little text
sub card {
    my $id = 1000 + number(9000);
    return <<EOT;
<li class="product">
<a href="/product/$id/">@{[words(12)]}</a>
<h3 class="card-title">@{[words(4)]}</h3>
<p>@{[words(30)]}</p>
<img src="/images/$id.jpg" alt="@{[words(3)]}">
<span class="price"><bdi>EUR $id.50</bdi> @{[words(6)]}</span>
<em>@{[words(9)]}</em> and <strong>@{[words(10)]}</strong>
<button type="button" value="$id">Add to the basket</button>
</li>
EOT
}

# as WooCommerce writes one
sub product {
    my $id = 1000 + number(9000);
    my ($name, $slug) = (words(3), join '-', split / /, words(3));
    my $set = join ', ', map { "https://shop.test/wp-content/uploads/2026/10/$slug-${_}x$_.jpg ${_}w" } 324, 150, 300, 768, 1024, 1536;
    return <<EOT;
<li class="entry has-media has-product-nav col span_1_of_3 owp-thumbs-layout-horizontal product type-product post-$id status-publish first instock product_cat-$words[number(20)] product_tag-$words[number(20)] has-post-thumbnail shipping-taxable purchasable product-type-simple">
<a href="https://shop.test/product/$slug/" class="woocommerce-LoopProduct-link woocommerce-loop-product__link"><img width="324" height="324" src="https://shop.test/wp-content/uploads/2026/10/$slug-324x324.jpg" class="attachment-woocommerce_thumbnail size-woocommerce_thumbnail" alt="$name" decoding="async" loading="lazy" srcset="$set" sizes="(max-width: 324px) 100vw, 324px" />
<h2 class="woocommerce-loop-product__title">$name</h2>
<span class="price"><span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol">&euro;</span>$id.50</bdi></span></span></a>
<a href="/shop/?add-to-cart=$id" aria-describedby="woocommerce_loop_add_to_cart_link_describedby_$id" data-quantity="1" class="button product_type_simple add_to_cart_button ajax_add_to_cart" data-product_id="$id" data-product_sku="SKU-$id" aria-label="Add to cart: &ldquo;$name&rdquo;" rel="nofollow" data-success_message="&ldquo;$name&rdquo; has been added to your cart">Add to cart</a>
<div class="woocommerce-product-details__short-description"><p>@{[words(60)]}.</p></div>
</li>
EOT
}

sub script {
    my ($rows, $kind) = @_;
    my $id = number(100000);
    my $items = join ',', map {
        my $n = number(100000);
        qq({"id":$n,"name":"@{[words(3)]}","url":"https:\\/\\/shop.test\\/product\\/$n","price":{"value":"$n.00","currency":"EUR"},"tags":["$words[number(20)]","$words[number(20)]"]})
    } 1 .. $rows;
    my $code = join '', map {
        my $n = number(1000);
        qq[a$n=d.getElementById("row-"+i);if(n<$n&&a$n){w.ga("send","event","view",a$n.value);}]
    } 1 .. $rows;
    my $style = join '', map {
        my $n = number(1000);
        ".row-$n\{display:flex;margin:0 auto;padding:4px 8px;color:#333}.row-$n>a:hover{text-decoration:underline}"
    } 1 .. $rows;
    my @kinds = (
        "<script>window.shop=window.shop||{};(function(w,d){var a=[],i=0,n=$id;for(i=0;i<n&&a.length<50;i++){$code}})(window,document);</script>\n",
        qq(<script type="application/json" id="data-$id">{"items":[$items],"total":$id}</script>\n),
        "<style>$style</style>\n",
    );
    return defined $kind ? $kinds[$kind % 3] : join '', @kinds;
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
    my $unit = 0;
    if ($kind eq 'woo') {
        $text =~ s{(?=</head>)}{join '', map { script(6) } 1 .. 12}e;
    }
    while (length($text) < $size - length($foot)) {
        if ($kind eq 'dense') {
            $text .= card();
        } elsif ($kind eq 'shop') {
            $text .= product() . product() . '<li>' . script($unit % 3 == 0 ? 54 : $unit % 3 == 1 ? 28 : 46, $unit) . "</li>\n";
            $unit++;
        } else {
            $text .= product() for 1 .. 3;
            $text .= card();
            $text .= '<li>' . script(9) . "</li>\n" if number(2) == 0;
            $text .= "<!-- row " . words(12) . " -->\n";
        }
    }
    return $text . $foot;
}

# how many bytes a tag, for whoever wants to see
sub tags { my ($text) = @_; my $n = () = $text =~ /</g; return length($text) / $n }

1;
