package Demo::Pages;

# The shop's HTML. The classes and the markup that other software looks for
# (the Cancel link, the tracking result, notices) are WooCommerce's; the look
# is our own.

use strict;
use warnings;

use Exporter 'import';
use POSIX qw(strftime);

use Demo::Orders;

our @EXPORT_OK = qw(page picture);


my %PICTURE = (
    apron  => [ '#dfe6da', '<path d="M70 40h60l-6 22c26 6 34 22 34 58v40H42v-40'
                . 'c0-36 8-52 34-58z" fill="#8fa58a"/><path d="M70 40c4 20 56 20 '
                . '60 0" fill="none" stroke="#5f7560" stroke-width="4"/>'
                . '<rect x="72" y="104" width="56" height="36" rx="4" '
                . 'fill="#7d9479"/>' ],
    mug    => [ '#e9e2d8', '<rect x="46" y="66" width="58" height="80" rx="10" '
                . 'fill="#b58a63"/><path d="M104 82h14a18 18 0 0 1 0 44h-14" '
                . 'fill="none" stroke="#b58a63" stroke-width="10"/>'
                . '<rect x="46" y="66" width="58" height="22" rx="8" '
                . 'fill="#8c6a4b"/><rect x="112" y="104" width="44" '
                . 'height="50" rx="8" fill="#d9c3a8"/>' ],
    candle => [ '#efe6d2', '<rect x="78" y="76" width="44" height="80" rx="6" '
                . 'fill="#e3b95b"/><ellipse cx="100" cy="78" rx="22" ry="7" '
                . 'fill="#f0d28d"/><path d="M100 74v-12" stroke="#6b5526" '
                . 'stroke-width="3"/><path d="M100 34c10 14 10 26 0 28-10-2-10-14'
                . ' 0-28z" fill="#f08a3c"/>' ],
    tote   => [ '#e3e4e8', '<path d="M52 78h96l8 80H44z" fill="#c9b79a"/>'
                . '<path d="M74 84c0-52 52-52 52 0" fill="none" '
                . 'stroke="#8f7a57" stroke-width="7"/><path d="M70 118h60" '
                . 'stroke="#8f7a57" stroke-width="4"/>' ],
    board  => [ '#e8e0d7', '<rect x="52" y="58" width="84" height="104" rx="14" '
                . 'fill="#7b5436"/><rect x="84" y="30" width="20" height="36" '
                . 'rx="9" fill="#7b5436"/><path d="M66 80c20 14 36 8 56 18M66 '
                . '116c22-10 34 8 56 4" fill="none" stroke="#5f3f27" '
                . 'stroke-width="4"/>' ],
    throw  => [ '#eae6df', '<rect x="40" y="62" width="120" height="84" rx="10" '
                . 'fill="#d8c9b0"/><path d="M40 86h120M40 110h120" '
                . 'stroke="#bba78a" stroke-width="5"/><path d="M50 146v16m14-16'
                . 'v16m14-16v16m14-16v16m14-16v16m14-16v16m14-16v16m14-16v16" '
                . 'stroke="#bba78a" stroke-width="4"/>' ],
    coffee => [ '#dfe7ea', '<path d="M64 44h72l-28 52v8h-16v-8z" '
                . 'fill="#a9c4cc"/><path d="M84 104h32l24 50a8 8 0 0 1-8 10H68'
                . 'a8 8 0 0 1-8-10z" fill="#c7dbe1"/><path d="M72 132h56l12 24'
                . 'a6 6 0 0 1-6 8H66a6 6 0 0 1-6-8z" fill="#6b4a35"/>' ],
    bowl   => [ '#ece4da', '<path d="M36 84h128c0 44-28 70-64 70S36 128 36 84z" '
                . 'fill="#a86f3d"/><ellipse cx="100" cy="84" rx="64" ry="16" '
                . 'fill="#c98f57"/><path d="M118 84l36-48M132 86l34-38" '
                . 'stroke="#7a4d27" stroke-width="6" stroke-linecap="round"/>' ],
);

my $CSS = <<'CSS';
:root{--ink:#24302c;--soft:#66736d;--line:#dfe3df;--bg:#fbfaf7;--card:#fff;
--brand:#2f6b57;--on:#fff;--warn:#9a3b1f}
*{box-sizing:border-box}
body{margin:0;font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;color:var(--ink);background:var(--bg)}
a{color:var(--brand)}
.site-header{border-bottom:1px solid var(--line);background:var(--card)}
.bar,main,.site-footer>div{max-width:66rem;margin:0 auto;padding:1rem 1.25rem}
.bar{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center}
.brand{font:600 1.35rem Georgia,"Noto Serif",serif;text-decoration:none;
color:var(--ink);margin-inline-end:auto}
.bar nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
.bar nav a{text-decoration:none;color:var(--soft)}
h1{font:600 1.9rem/1.2 Georgia,"Noto Serif",serif;margin:1.25rem 0 .75rem}
h2{font:600 1.25rem/1.3 Georgia,"Noto Serif",serif;margin:1.75rem 0 .5rem}
.products{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));
gap:1.25rem;list-style:none;padding:0}
.products a{display:block;text-decoration:none;color:inherit;height:100%;
background:var(--card);border:1px solid var(--line);border-radius:.75rem;
overflow:hidden}
.products svg{display:block;width:100%;height:auto}
.products span{display:block;padding:.6rem .9rem 0}
.products .price{padding-bottom:.9rem;color:var(--soft)}
.button,button{display:inline-block;font:inherit;font-weight:600;cursor:pointer;
padding:.6rem 1.1rem;border:1px solid var(--brand);border-radius:.5rem;
background:var(--brand);color:var(--on);text-decoration:none}
.button.cancel,.button.view,.button.quiet{background:none;color:var(--brand)}
table{border-collapse:collapse;width:100%;background:var(--card);
border:1px solid var(--line);border-radius:.5rem}
th,td{text-align:start;padding:.6rem .8rem;border-bottom:1px solid var(--line);
vertical-align:top}
td .button{padding:.25rem .7rem;margin:.1rem}
input,select{font:inherit;width:100%;padding:.5rem .7rem;
border:1px solid #b9c2bc;border-radius:.4rem;background:#fff}
label{display:block;margin:.75rem 0 .25rem;font-weight:600}
form.narrow{max-width:26rem}
.woocommerce-message,.woocommerce-error,.woocommerce-info{list-style:none;
margin:1rem 0;padding:.75rem 1rem;background:var(--card);
border-inline-start:4px solid var(--brand);border-radius:.3rem}
.woocommerce-error{border-color:var(--warn)}
mark{background:#e8efe3;padding:0 .25rem;border-radius:.2rem}
.hero{background:#e6ece4;border-radius:1rem;padding:2rem 1.5rem;margin-top:1rem}
.two{display:grid;gap:2rem;grid-template-columns:repeat(auto-fit,
minmax(17rem,1fr))}
.two svg{width:100%;height:auto;border-radius:1rem}
.site-footer{margin-top:3rem;border-top:1px solid var(--line);color:var(--soft)}
@media(max-width:40rem){thead{display:none}tr,td{display:block}
td::before{content:attr(data-title) " ";color:var(--soft)}
td{border:0;padding:.25rem .8rem}tr{border-bottom:1px solid var(--line)}}
CSS


sub esc {
    my ($text) = @_;

    $text =~ s/&/&#038;/g;
    $text =~ s/</&lt;/g;
    $text =~ s/>/&gt;/g;
    $text =~ s/"/&quot;/g;

    return $text;
}


sub url_esc {
    my ($text) = @_;

    utf8::encode($text);
    $text =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;

    return $text;
}


sub picture {
    my ($name) = @_;
    my $picture = $PICTURE{$name} or return undef;

    return qq(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" )
        . qq(role="img" aria-hidden="true"><rect width="200" height="200" )
        . qq(fill="$picture->[0]"/>$picture->[1]</svg>);
}


sub money {
    my ($minor, $currency) = @_;
    my $text = Demo::Orders::decimal($minor, $currency);

    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;

    return "$text $currency";
}


sub date {
    return strftime('%e %B %Y', gmtime $_[0]) =~ s/^ //r;
}


# The frame around a page's own part. $c holds what Demo's routes know: store,
# user, base (origin), notices, cart.
sub frame {
    my ($c, $title, $body, %options) = @_;
    my $store = $c->{store};
    my $name = esc($store->{name});
    my $notices = join '', map {
        $_->[0] eq 'error'
            ? qq(<ul class="woocommerce-error" role="alert"><li>$_->[1]</li>)
              . "</ul>\n"
            : qq(<div class="woocommerce-$_->[0]" role="status">$_->[1]</div>\n)
    } @{ $c->{notices} || [] };
    my $account = $c->{user} ? 'Hello, ' . esc($c->{user}{first_name})
                             : 'My account';
    my $cart = scalar @{ $c->{cart} || [] };
    my $who = $c->{user} ? 'logged-in ' : '';
    my $padding = $options{padding} // '';

    return <<"HTML";
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>@{[ esc($title) ]} &#8211; $name</title>
<style>
$CSS$padding</style>
</head>
<body class="${who}woocommerce-page">
<header class="site-header"><div class="bar">
<a class="brand" href="$c->{base}/">$name</a>
<nav aria-label="Main">
<a href="$c->{base}/">Shop</a>
<a href="$c->{base}/cart/">Cart ($cart)</a>
<a href="$c->{base}/track-order/">Track an order</a>
<a href="$c->{base}/my-account/">$account</a>
</nav>
</div></header>
<main id="main">
<div class="woocommerce">
$notices$body
</div>
</main>
<footer class="site-footer"><div>
<p>$name &#183; 12 Harbour Street, Port Elise &#183;
<a href="mailto:hello\@example.com">hello\@example.com</a></p>
</div></footer>
<script>/* a merchant's snippet, which says </body> on purpose */</script>
</body>
</html>
HTML
}


sub home {
    my ($c) = @_;
    my $store = $c->{store};
    my $items = join "\n", map {
        my $p = $store->{products}{$_};
        qq(<li><a href="$c->{base}/product/$p->{slug}/">) . picture($p->{picture})
        . qq(<span>) . esc($p->{name}) . qq(</span><span class="price">)
        . money($store->price($p->{price}, $store->{currency}),
                $store->{currency}) . '</span></a></li>'
    } sort { $a <=> $b } keys %{ $store->{products} };

    return frame($c, 'Shop', <<"HTML");
<section class="hero"><h1>Made slowly, kept for long</h1>
<p>Things for the table and the home, from small workshops.</p></section>
<h2>All products</h2>
<ul class="products">
$items
</ul>
HTML
}


sub product {
    my ($c, $p) = @_;
    my $price = money($c->{store}->price($p->{price}, $c->{store}{currency}),
                      $c->{store}{currency});

    return frame($c, $p->{name}, <<"HTML");
<div class="two"><div>@{[ picture($p->{picture}) ]}</div><div>
<h1>@{[ esc($p->{name}) ]}</h1>
<p class="price">$price</p>
<p>Made to order in a small workshop. Ships within two working days; thirty
days to send it back.</p>
<form method="post" action="$c->{base}/cart/?add-to-cart=$p->{id}">
<button type="submit" name="add-to-cart" value="$p->{id}">Add to cart</button>
</form></div></div>
HTML
}


sub cart {
    my ($c) = @_;
    my $store = $c->{store};
    my @ids = @{ $c->{cart} || [] };
    my $rows = join '', map {
        my $p = $store->{products}{$_};
        qq(<tr class="cart_item"><td data-title="Product">) . esc($p->{name})
        . qq(</td><td data-title="Price">)
        . money($store->price($p->{price}, $store->{currency}),
                $store->{currency}) . "</td></tr>\n"
    } @ids;

    my $body = @ids ? <<"HTML" : <<"HTML";
<h1>Cart</h1>
<table class="shop_table cart"><thead><tr><th>Product</th><th>Price</th></tr>
</thead><tbody>
$rows</tbody></table>
<p><a class="button" href="$c->{base}/checkout/">Proceed to checkout</a></p>
HTML
<h1>Cart</h1>
<p class="cart-empty woocommerce-info">Your cart is currently empty.</p>
<p><a class="button" href="$c->{base}/">Return to shop</a></p>
HTML

    return frame($c, 'Cart', $body, padding => $c->{cart_padding});
}


sub checkout {
    my ($c) = @_;
    my $user = $c->{user} || {};
    my %value = map { $_ => esc($user->{$_} // '') }
                qw(first_name last_name email phone country);

    return frame($c, 'Checkout', <<"HTML");
<h1>Checkout</h1>
<form class="narrow checkout" method="post" action="$c->{base}/checkout/">
<label for="f1">First name</label>
<input id="f1" name="billing_first_name" value="$value{first_name}" required
autocomplete="given-name">
<label for="f2">Last name</label>
<input id="f2" name="billing_last_name" value="$value{last_name}" required
autocomplete="family-name">
<label for="f3">Email</label>
<input id="f3" type="email" name="billing_email" value="$value{email}" required
autocomplete="email">
<label for="f4">Phone</label>
<input id="f4" type="tel" name="billing_phone" value="$value{phone}"
autocomplete="tel">
<label for="f5">Country (two letters)</label>
<input id="f5" name="billing_country" value="$value{country}" maxlength="2"
autocomplete="country">
<label for="f6">Payment</label>
<select id="f6" name="payment_method">
<option value="card">Card</option>
<option value="bacs">Pay later by link</option>
<option value="cod">Cash on delivery</option>
</select>
<p><button type="submit" name="woocommerce_checkout_place_order"
value="Place order">Place order</button></p>
</form>
HTML
}


sub login {
    my ($c) = @_;
    my $nonce = $c->{store}->nonce('woocommerce-login', 0);

    return frame($c, 'My account', <<"HTML");
<h1>Login</h1>
<form class="narrow woocommerce-form woocommerce-form-login login" method="post">
<label for="username">Username or email address</label>
<input type="text" name="username" id="username" autocomplete="username">
<label for="password">Password</label>
<input type="password" name="password" id="password"
autocomplete="current-password">
<input type="hidden" name="woocommerce-login-nonce" value="$nonce">
<p><button type="submit" class="woocommerce-button button" name="login"
value="Log in">Log in</button></p>
</form>
<p>Demo customers: ada, budi, minji, camille; the password is <b>demo</b>.</p>
HTML
}


# The plain link that cancels: no form, "&" written as WordPress writes it.
sub cancel_url {
    my ($c, $order, $redirect) = @_;
    my $nonce = $c->{store}->nonce('woocommerce-cancel_order',
                                   $c->{user} ? $c->{user}{id} : 0);

    return "$c->{base}/cart/?cancel_order=true&order=$order->{key}"
        . "&order_id=$order->{id}&redirect=" . url_esc($redirect)
        . "&_wpnonce=$nonce";
}


sub cancel_link {
    my ($c, $order) = @_;
    my $url = esc(cancel_url($c, $order, "$c->{base}/my-account/"));

    return qq(<a href="$url" class="woocommerce-button button cancel" )
        . qq(aria-label="Cancel order $order->{number}">Cancel</a>);
}


sub actions {
    my ($c, $order, $view) = @_;
    my @links;

    push @links, qq(<a href=") . esc(pay_url($c, $order))
        . qq(" class="woocommerce-button button pay" aria-label="Pay for order )
        . qq($order->{number}">Pay</a>) if Demo::Orders::needs_payment($order);
    push @links, qq(<a href="$c->{base}/my-account/view-order/$order->{id}/" )
        . qq(class="woocommerce-button button view" aria-label="View order )
        . qq($order->{number}">View</a>) if $view;
    push @links, cancel_link($c, $order) if $c->{store}->can_cancel($order);

    return join "\n", @links;
}


sub pay_url {
    my ($c, $order) = @_;

    return "$c->{base}/checkout/order-pay/$order->{id}/"
        . "?pay_for_order=true&key=$order->{key}";
}


sub account {
    my ($c) = @_;

    return frame($c, 'My account', <<"HTML");
<h1>My account</h1>
<nav class="woocommerce-MyAccount-navigation" aria-label="Account"><ul>
<li><a href="$c->{base}/my-account/orders/">Orders</a></li>
<li><a href="$c->{base}/my-account/customer-logout/">Log out</a></li>
</ul></nav>
<p>Hello @{[ esc($c->{user}{first_name}) ]}. From here you can look at your
recent orders.</p>
@{[ orders_table($c) ]}
HTML
}


sub orders {
    my ($c) = @_;

    return frame($c, 'Orders', "<h1>Orders</h1>\n" . orders_table($c));
}


sub orders_table {
    my ($c) = @_;
    my $rows = join '', map {
        my $n = 0;
        $n += $_->{quantity} for @{ $_->{items} };
        my $things = $n == 1 ? '1 item' : "$n items";

        qq(<tr class="woocommerce-orders-table__row woocommerce-orders-table__)
        . qq(row--status-$_->{status} order">\n)
        . qq(<td data-title="Order"><a href="$c->{base}/my-account/view-order/)
        . qq($_->{id}/" aria-label="View order number $_->{number}">#)
        . esc($_->{number}) . qq(</a></td>\n<td data-title="Date">)
        . date($_->{created}) . qq(</td>\n<td data-title="Status">)
        . Demo::Orders::status_name($_->{status})
        . qq(</td>\n<td data-title="Total">)
        . money($_->{total}, $_->{currency}) . qq( for $things</td>\n)
        . qq(<td data-title="Actions">) . actions($c, $_, 1) . "</td>\n</tr>\n"
    } $c->{store}->orders_of($c->{user});

    return <<"HTML" if $rows;
<table class="woocommerce-orders-table shop_table account-orders-table">
<thead><tr><th>Order</th><th>Date</th><th>Status</th><th>Total</th>
<th>Actions</th></tr></thead>
<tbody>
$rows</tbody></table>
HTML

    return '<div class="woocommerce-info">No order has been made yet.</div>';
}


sub details {
    my ($order) = @_;
    my $currency = $order->{currency};
    my $rows = join '', map {
        qq(<tr class="order_item"><td data-title="Product">) . esc($_->{name})
        . qq( <strong class="product-quantity">&times;&nbsp;$_->{quantity})
        . qq(</strong></td><td data-title="Total">)
        . money(Demo::Orders::gross($order, $_->{total}), $currency) . "</td></tr>\n"
    } @{ $order->{items} };

    my $more = join '', map {
        qq(<tr><th scope="row">) . esc($_->[0]) . qq(</th><td>)
        . money($_->[1], $currency) . "</td></tr>\n"
    } (map { [ "Coupon: $_->{code}", -Demo::Orders::gross($order, $_->{discount}) ] } @{ $order->{coupons} }),
      (map { [ $_->{name}, $_->{total} ] } @{ $order->{fees} }),
      (map { [ $_->{method_title}, $_->{total} ] }
           @{ $order->{shipping_lines} }),
      [ 'Total', $order->{total} ],
      (map { [ 'Refund', -$_->{amount} ] } @{ $order->{refunds} });

    return <<"HTML";
<section class="woocommerce-order-details">
<h2 class="woocommerce-order-details__title">Order details</h2>
<table class="woocommerce-table woocommerce-table--order-details shop_table
order_details"><thead><tr><th>Product</th><th>Total</th></tr></thead>
<tbody>
$rows</tbody><tfoot>
$more</tfoot></table>
</section>
HTML
}


# The tracking form's result has a class on this sentence, the customer's own
# page has none.
sub order_info {
    my ($order, $class) = @_;

    return ($class ? qq(<p class="$class">) : '<p>')
        . q(Order #<mark class="order-number">)
        . esc($order->{number}) . q(</mark> was placed on <mark )
        . q(class="order-date">) . date($order->{created})
        . q(</mark> and is currently <mark class="order-status">)
        . Demo::Orders::status_name($order->{status}) . "</mark>.</p>\n";
}


sub notes {
    my ($order) = @_;
    my $items = join '', map {
        qq(<li class="woocommerce-OrderUpdate comment note"><p>)
        . strftime('%e %B %Y, %H:%M', gmtime $_->{created}) . '</p><p>'
        . esc($_->{note}) . "</p></li>\n"
    } grep { $_->{customer_note} } @{ $order->{notes} };

    return $items ? <<"HTML" : '';
<h2>Order updates</h2>
<ol class="woocommerce-OrderUpdates commentlist notes">
$items</ol>
HTML
}


sub view_order {
    my ($c, $order) = @_;

    return frame($c, "Order #$order->{number}",
        '<h1>Order #' . esc($order->{number}) . "</h1>\n" . order_info($order)
        . notes($order) . details($order) . '<p>' . actions($c, $order, 0)
        . "</p>\n");
}


sub invalid_order {
    my ($c) = @_;

    return frame($c, 'Order', <<"HTML");
<div class="woocommerce-error" role="alert">Invalid order.
<a href="$c->{base}/my-account/" class="wc-forward">My account</a></div>
HTML
}


# Pages of words that a campaign links to.
my %WORDS = (
    returns => ['Returns', '<p>Send it back within 30 days, free of charge, '
        . 'and get your money back.</p><p>Put the note from the parcel in the '
        . 'box and hand it to any post office.</p>'],
    chat => ['Chat', '<p>Somebody is here on working days from 9 to 17. At '
        . 'other times write to <a href="mailto:help@lumen.example">'
        . 'help@lumen.example</a>.</p>'],
);


sub words {
    my ($c, $name) = @_;
    my ($title, $html) = @{ $WORDS{$name} };

    return frame($c, $title, "<h1>$title</h1>\n$html\n");
}


sub track {
    my ($c, $order) = @_;

    return frame($c, 'Track an order', $order
        ? '<h1>Track an order</h1>' . "\n" . order_info($order, 'order-info')
          . notes($order)
          . details($order)
        : track_form($c));
}


sub track_form {
    my ($c) = @_;
    my $nonce = $c->{store}->nonce('woocommerce-order_tracking',
                                   $c->{user} ? $c->{user}{id} : 0);

    return <<"HTML";
<h1>Track an order</h1>
<form action="$c->{base}/track-order/" method="post"
class="narrow woocommerce-form woocommerce-form-track-order track_order">
<p>Enter your order's number and the email address it was made with.</p>
<label for="orderid">Order ID</label>
<input type="text" name="orderid" id="orderid">
<label for="order_email">Billing email</label>
<input type="text" name="order_email" id="order_email" autocomplete="email">
<input type="hidden" name="woocommerce-order-tracking-nonce" value="$nonce">
<p><button type="submit" class="button" name="track" value="Track">Track</button>
</p></form>
HTML
}


sub received {
    my ($c, $order) = @_;

    return frame($c, 'Order received', <<"HTML");
<h1>Order received</h1>
<p class="woocommerce-thankyou-order-received">Thank you. Your order has been
received.</p>
<ul class="woocommerce-order-overview order_details">
<li>Order number: <strong>@{[ esc($order->{number}) ]}</strong></li>
<li>Total: <strong>@{[ money($order->{total}, $order->{currency}) ]}</strong></li>
</ul>
@{[ details($order) ]}
<p>@{[ actions($c, $order, $c->{user} ? 1 : 0) ]}</p>
HTML
}


sub order_pay {
    my ($c, $order) = @_;

    if (!Demo::Orders::needs_payment($order)) {
        return frame($c, 'Pay for order', <<"HTML");
<div class="woocommerce-error" role="alert">This order&rsquo;s status is
&ldquo;@{[ Demo::Orders::status_name($order->{status}) ]}&rdquo;&mdash;it cannot
be paid for. Please contact us if you need assistance.</div>
HTML
    }

    my $total = money($order->{total}, $order->{currency});

    return frame($c, 'Pay for order', <<"HTML");
<h1>Pay for order</h1>
@{[ details($order) ]}
<form id="order_review" method="post">
<input type="hidden" name="woocommerce_pay" value="1">
<p><button type="submit" id="place_order" class="button alt">Pay $total</button>
</p></form>
HTML
}


my %PAGES = (
    home       => \&home,       product    => \&product,
    cart       => \&cart,       checkout   => \&checkout,
    login      => \&login,      account    => \&account,
    orders     => \&orders,     view_order => \&view_order,
    track      => \&track,      received   => \&received,
    order_pay  => \&order_pay,  invalid_order => \&invalid_order,
    words      => \&words,
);


sub page {
    my ($name, @arguments) = @_;

    return $PAGES{$name}->(@arguments);
}


1;
