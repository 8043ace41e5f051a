package Demo::Headless;

# The storefront of a headless shop: one page with a script that reads an order
# and cancels it, by a plain REST call with fetch(), or as Magento's does it, by
# a GraphQL mutation with XMLHttpRequest. Its API is as such APIs are: answers
# that take their time, and errors of status 200.

use strict;
use warnings;

use Exporter 'import';
use Mojo::JSON qw(decode_json);

use Demo::Orders;
use Demo::Pages;

our @EXPORT_OK = qw(app_page app_script order_seen rest_cancel mutation);


# What a customer may know of an order; strangers get 200 as well.
sub order_seen {
    my ($store, $order, $user) = @_;

    return { error => 'not your order' }
        if !$user || !$order || $order->{customer_id} != $user->{id};

    return { id => $order->{id} + 0, number => $order->{number},
             status => $order->{status},
             total => Demo::Pages::money($order->{total}, $order->{currency}) };
}


# A plain REST cancel: (status, answer).
sub rest_cancel {
    my ($store, $order, $user) = @_;
    my $seen = order_seen($store, $order, $user);

    return (200, $seen) if $seen->{error};
    return (409, { error => 'it cannot be cancelled any more' })
        if !$store->can_cancel($order);

    $store->cancel($order, 'Order cancelled by customer.');

    return (200, order_seen($store, $order, $user));
}


# cancelOrder(input: {order_id, reason}) { error order { status } }
sub mutation {
    my ($store, $bytes, $user) = @_;
    my $asked = eval { decode_json($bytes) };

    return { errors => [ { message => 'Syntax Error: Unexpected <EOF>' } ] }
        if ref $asked ne 'HASH' || ($asked->{query} // '') !~ /cancelOrder\s*\(\s*input/;

    my $id = $asked->{variables}{order_id} // '';
    my $order = $id =~ /^\d+$/ ? $store->order($id) : undef;
    my ($status, $said) = rest_cancel($store, $order, $user);
    my $error = !$said->{error} ? undef
        : $status == 409 ? 'Order already closed, complete, cancelled or on hold'
        : 'Current user is not authorized to cancel this order';

    return { data => { cancelOrder => {
        error => $error,
        order => $error ? undef : { status => ucfirst $said->{status} },
    } } };
}


sub app_page {
    my ($context, $order) = @_;
    my $id = $order->{id};

    return Demo::Pages::frame($context, "Order $order->{number}", <<"HTML");
<script src="/ordersave/ordersave.js" data-cancel="POST /api/orders/*/cancel"
data-graphql="cancelOrder order_id"
data-answer='200 {"data":{"cancelOrder":{"error":"The order was not cancelled","order":null}},"status":"kept"}'></script>
<h1>Order $order->{number}</h1>
<p role="status" id="status">&#8230;</p>
<p><button id="rest" data-order="$id">Cancel</button>
<button id="graphql" data-order="$id">Cancel by GraphQL</button></p>
<script src="/app/app.js"></script>
HTML
}


sub app_script {
    return <<'JS';
'use strict';
const say = (text) => { document.getElementById('status').textContent = text; };
const id = document.getElementById('rest').dataset.order;

const look = async () => {
    const order = await (await fetch(`/api/orders/${id}`)).json();
    say(order.error || `${order.status}, ${order.total}`);
};

document.getElementById('rest').onclick = async () => {
    try {
        const answer = await fetch(`/api/orders/${id}/cancel`, {
            method: 'POST', headers: {'Content-Type': 'application/json'},
            body: JSON.stringify({reason: 'none'}),
        });
        const order = await answer.json();
        if (order.error) say(order.error); else await look();
    } catch (e) {
        say(`failed: ${e.name}`);
    }
};

document.getElementById('graphql').onclick = () => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', '/graphql');
    xhr.setRequestHeader('Content-Type', 'application/json');
    xhr.onloadend = () => {
        const told = JSON.parse(xhr.responseText).data.cancelOrder;
        if (told.error !== null) say(told.error); else location.reload();
    };
    xhr.send(JSON.stringify({
        query: `mutation cancelOrder($order_id: ID!, $reason: String!) {
  cancelOrder(input: {order_id: $order_id, reason: $reason}) {
    error
    order { status }
  }
}`,
        variables: {order_id: id, reason: 'Other'},
    }));
};

look();
JS
}

1;
